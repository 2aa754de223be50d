// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { ADMIN, makeAdmin } from '../support/move-admin.ts';
import { findings } from './axe.ts';
import { DESKTOP, makeDeck, notHere, openSite, PHONE, type Site, signIn, signUp, visit } from './browser.ts';

/** A public deck with notes, through the API with the page's own login. */
async function publish(page: Page, name: string): Promise<{ deck: number; notes: number[] }> {
  const post = async (url: string, data: object) => (await page.request.post(`/api/v1/${url}`, { data })).json();
  const { id } = await post('decks/', { name, is_public: true, school: 'Yale', course: 'Torts', year: 2026 });
  const notes: number[] = [];
  for (const [front, back] of [
    ['Duty?', 'Of care.'],
    ['Breach?', 'Of duty.'],
    ['Harm?', 'Damage.'],
  ])
    notes.push((await post('notes/', { deck_id: id, type: 'basic', fields: fields(front as string, back as string) })).id);
  return { deck: id, notes };
}

const fields = (front: string, back: string) => [
  { name: 'Front', value: front },
  { name: 'Back', value: back },
];
const change = (page: Page, note: number, front: string, back: string) =>
  page.request.put(`/api/v1/notes/${note}`, { data: { fields: fields(front, back) } });

describe('sharing on the page', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
    await makeAdmin({ file: site.place.url.replace('sqlite:///', '') });
  });
  after(() => site.stop());

  for (const [screen, options, colorScheme] of [
    ['desktop', DESKTOP, 'light'],
    ['phone', PHONE, 'dark'],
  ] as const)
    it(`a deck is shared, found, followed, updated and undone, a change suggested, a report looked at: ${screen}, ${colorScheme}`, async () => {
      const anna = await visit(site, { ...options, colorScheme });
      const ben = await visit(site, { ...options, colorScheme });
      const { page } = ben;
      const check = async (where: string) => assert.deepEqual(await findings(page), [], where);
      await signUp(anna.page);
      await signUp(page);
      const name = `Torts on a ${screen}`;
      const { deck, notes } = await publish(anna.page, name);

      await page.getByRole('link', { name: 'Discover', exact: true }).first().click();
      await page.getByLabel('Search shared decks').fill(`tort ${screen}`);
      await page.getByText('1 deck', { exact: true }).waitFor();
      await page.getByLabel('Course').selectOption('Torts');
      await page.getByRole('link', { name }).waitFor();
      await check('Discover');
      await page.getByRole('link', { name }).click();
      await page.getByText('Of care.').waitFor();
      await page.getByText('Report this deck').click();
      await check('a shared deck');
      await page.getByLabel('More about it').fill('Not my Torts.');
      await page.getByRole('button', { name: 'Send report' }).click();
      await page.getByText('Thank you.').waitFor();
      await page.getByRole('button', { name: 'Subscribe' }).click();
      await page.getByRole('heading', { name: '3 cards' }).waitFor();
      await page.getByText('You follow').waitFor();
      const copy = Number(/decks\/(\d+)/.exec(page.url())?.[1]);

      // Ben edits one note that Anna changes too; Anna changes another, adds one and takes one away.
      const mine = (await (await page.request.get(`/api/v1/notes/?deck_id=${copy}`)).json()) as { id: number }[];
      await change(page, (mine[1] as { id: number }).id, 'Breach?', 'My own words.');
      await change(anna.page, notes[0] as number, 'Duty?', 'Of reasonable care.');
      await change(anna.page, notes[1] as number, 'Breach?', 'Of the duty.');
      await anna.page.request.delete(`/api/v1/notes/${notes[2]}`);
      await anna.page.request.post('/api/v1/notes/', {
        data: { deck_id: deck, type: 'basic', fields: fields('Cause?', 'But for.') },
      });

      await page.getByRole('link', { name: 'See its updates' }).click();
      await page.getByText('1 new, 1 changed, 1 removed, 1 you edited.').waitFor();
      await page.getByText('Breach?', { exact: true }).waitFor();
      await page.getByLabel('Keep yours').waitFor();
      await page.getByLabel('Keep them, and ask them no more (suspend)').check();
      await check('an update');
      // By keyboard: the focus is on the choice, the button is next.
      await page.keyboard.press('Tab');
      await page.keyboard.press('Enter');
      await page.getByText('Nothing new.').waitFor();
      const backs = async () => {
        const answer = await page.request.get(`/api/v1/cards/?deck_id=${copy}`);
        return ((await answer.json()) as { back: string }[]).map(({ back }) => back);
      };
      assert.deepEqual(await backs(), ['Of reasonable care.', 'My own words.', 'Damage.', 'But for.']);
      await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
      await page.getByText('1 new, 1 changed, 1 removed, 1 you edited.').waitFor();
      assert.deepEqual(await backs(), ['Of care.', 'My own words.', 'Damage.']);

      await page.goto(`/notes/${(mine[1] as { id: number }).id}`);
      await page.getByLabel('Why').fill('Clearer so');
      await check('a note with a suggestion to make');
      // What was done last can still be taken back after a reload; on a phone that stands over the end of the page.
      await page.locator('.toast').getByRole('button', { name: 'Close' }).click();
      await page.getByRole('button', { name: 'Suggest', exact: true }).click();
      await page.getByRole('link', { name: 'See your suggestions' }).click();
      await page.getByText('waits for an answer').waitFor();
      await check('suggestions');
      await anna.page.goto('/suggestions');
      await anna.page.getByText('“Clearer so”').waitFor();
      assert.deepEqual(await findings(anna.page), []);
      await anna.page.getByRole('button', { name: 'Accept' }).click();
      await anna.page.getByText('Suggestion accepted.').waitFor();
      await page.reload();
      await page.getByText('accepted', { exact: false }).first().waitFor();

      const mia = await visit(site, { ...options, colorScheme });
      await mia.page.goto('/moderation');
      await signIn(mia.page, ADMIN.username);
      const report = mia.page.getByRole('listitem').filter({ hasText: name });
      await report.getByText('“Not my Torts.”').waitFor();
      await report.getByText('Look at the deck').click();
      await report.getByText('Cause?').waitFor();
      assert.deepEqual(await findings(mia.page), [], 'moderation');
      await report.getByRole('button', { name: 'Hide the deck' }).click();
      await report.getByText('This is needed.').waitFor();
      await report.getByLabel('Why it is hidden').fill('It copies a book.');
      await report.getByRole('button', { name: 'Hide the deck' }).click();
      await mia.page.getByText(`Hidden, deck ${deck}`, { exact: false }).waitFor();
      await anna.page.goto(`/decks/${deck}`);
      await anna.page.getByText('“It copies a book.”', { exact: false }).waitFor();
      assert.deepEqual(await findings(anna.page), [], 'a hidden deck, for its owner');
      await page.goto(`/decks/${copy}/updates`);
      await page.getByText('The deck you follow is not shared any more.').waitFor();
      assert.equal((await page.request.get(`/api/v1/discover/${deck}`)).status(), 404);
      assert.deepEqual([anna.complaints, ben.complaints, mia.complaints], [[], [], []]);
      await mia.close();
      await anna.close();
      await ben.close();
    });

  it('shows the newest of what moderators did, however long the trail is', async () => {
    const { page, complaints, close } = await visit(site, DESKTOP);
    await page.goto('/sign-in');
    await signIn(page, ADMIN.username);
    await page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
    const deck = Number((await makeDeck(page, 'Copied', [['q', 'a']], { is_public: true })).split('/').at(-1));
    for (const [action, why] of [
      ['hide', 'First.'],
      ['unhide', 'Second.'],
      ['hide', 'Third.'],
    ]) {
      const done = await page.request.post(`/api/v1/moderation/decks/${deck}/${action}`, { data: { why } });
      assert.equal(done.status(), 204, await done.text());
    }
    // One event an answer in place of 500.
    await page.route('**/moderation/events?**', (route) =>
      route.continue({ url: route.request().url().replace('limit=500', 'limit=1') }),
    );
    await page.goto('/moderation');
    const trail = page.getByRole('region', { name: 'What was done' }).getByRole('listitem');
    await trail.first().getByText('Third.').waitFor();
    await trail.nth(1).getByText('Second.').waitFor();
    await trail.nth(2).getByText('First.').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });
});
