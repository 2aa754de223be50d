// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeDeck, notHere, openSite, reviewsOf, type Site, signUp, visit } from './browser.ts';

const READING_MS = 250;

describe('taking things back on the page', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  it('a deleted card, a changed one and a deleted deck come back: by button, by Ctrl+Z, and after a reload', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const deck = await makeDeck(page, 'Torts', [
      ['Battery?', 'contact'],
      ['Assault?', 'fear'],
    ]);
    const front = (text: string) => page.locator('.card-row__front').getByText(text, { exact: true });
    await page.goto(deck);
    await page.getByRole('button', { name: 'Delete Battery?' }).click();
    await page.getByRole('button', { name: 'Delete card', exact: true }).click();
    await front('Battery?').waitFor({ state: 'detached' });
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await front('Battery?').waitFor();
    await page.getByRole('heading', { name: '2 cards' }).waitFor();

    await page.getByRole('button', { name: 'Edit Assault?' }).click();
    await page.getByRole('form', { name: 'Edit card' }).getByLabel('Back').fill('apprehension');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('apprehension').waitFor();
    await page.getByRole('button', { name: 'Delete Battery?' }).click();
    await page.getByRole('button', { name: 'Delete card', exact: true }).click();
    await page.getByRole('heading', { name: '1 card' }).waitFor();
    await page.reload();
    await page.locator('.toast').getByText('Card deleted.').waitFor();
    await page.keyboard.press('Control+z');
    await front('Battery?').waitFor();
    // In a text Ctrl+Z is the text's.
    await page.locator('form').getByLabel('Front').fill('typed');
    await page.keyboard.press('Control+z');
    await page.getByRole('heading', { name: '2 cards' }).focus();
    await page.getByText('apprehension').waitFor();
    await page.keyboard.press('Control+z');
    await page.getByText('fear', { exact: true }).waitFor();

    await page.goto(`${deck}/settings`);
    await page.getByRole('button', { name: 'Delete deck …' }).click();
    await page.getByRole('button', { name: 'Delete deck', exact: true }).click();
    await page.getByText('“Torts” deleted.').waitFor();
    await page.keyboard.press('Control+z');
    await page.getByRole('link', { name: 'Torts', exact: true }).waitFor();
    await page.goto(deck);
    await page.getByRole('heading', { name: '2 cards' }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('what somebody has changed since is not overwritten: the page says so, and nothing changes', async () => {
    const { page, close } = await visit(site);
    await signUp(page);
    const deck = await makeDeck(page, 'Evidence', [['Hearsay?', 'old']]);
    await page.goto(deck);
    await page.getByRole('button', { name: 'Edit Hearsay?' }).click();
    await page.getByRole('form', { name: 'Edit card' }).getByLabel('Back').fill('mine');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.toast').getByText('Card saved.').waitFor();
    const cards = await (await page.request.get(`/api/v1/cards/?deck_id=${deck.split('/').at(-1)}`)).json();
    await page.request.put(`/api/v1/cards/${cards[0].id}`, { data: { back: 'theirs' } });
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await page.locator('.toast').getByText('was changed since').waitFor();
    assert.equal((await (await page.request.get(`/api/v1/cards/${cards[0].id}`)).json()).back, 'theirs');
    await close();
  });

  it('studying, a card is buried, suspended and flagged by key and by button; each is taken back, also after a reload', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const deck = await makeDeck(page, 'Marks', [
      ['first', '1'],
      ['second', '2'],
      ['third', '3'],
    ]);
    const marks = async () => {
      const queue = await (await page.request.get(`/api/v1/study/queue/${deck.split('/').at(-1)}`)).json();
      return queue.cards.map(({ front, flag }: { front: string; flag: number }) => [front, flag]);
    };
    const card = (text: string) => page.locator('.study-card').getByText(text, { exact: true }).waitFor();
    await page.goto(`${deck}/study`);
    await card('first');
    await page.keyboard.press('f');
    await page.keyboard.press('3');
    await page.getByText('More · flag 3').waitFor();
    await page.keyboard.press('-');
    await card('second');
    await page.getByText('2 new', { exact: true }).waitFor();
    await page.keyboard.press('@');
    await card('third');
    assert.deepEqual(await marks(), [['third', 0]]);
    await page.waitForTimeout(READING_MS);
    await page.keyboard.press('z');
    await card('second');
    await page.getByText('2 new', { exact: true }).waitFor();
    await page.getByText('More', { exact: true }).click();
    await page.getByRole('button', { name: 'Suspend: ask no more' }).click();
    await card('third');
    await page.keyboard.press('Space');
    await page.waitForTimeout(READING_MS);
    await page.keyboard.press('4');
    await page.getByText('All answers are saved.').waitFor();
    assert.equal(await reviewsOf(page, deck), 1);

    // All of it is taken back after a reload, the newest first.
    await page.reload();
    await page.getByRole('heading', { name: 'Nothing is due' }).waitFor();
    await page.waitForTimeout(READING_MS);
    await page.getByRole('button', { name: 'Undo' }).click();
    await card('third');
    assert.equal(await reviewsOf(page, deck), 0);
    for (const text of ['second', 'first']) {
      await page.waitForTimeout(READING_MS);
      await page.keyboard.press('Control+z');
      await card(text);
    }
    await page.waitForTimeout(READING_MS);
    await page.keyboard.press('u');
    await page.getByText('More', { exact: true }).waitFor();
    assert.deepEqual(await marks(), [
      ['first', 0],
      ['second', 0],
      ['third', 0],
    ]);
    assert.equal(await page.getByRole('button', { name: 'Undo' }).count(), 0);
    assert.deepEqual(complaints, []);
    await close();
  });

  it('a card that becomes a leech is told, and set aside or left as its student wants', async () => {
    const { page, close } = await visit(site);
    await signUp(page);
    const deck = await makeDeck(page, 'Leeches', [
      ['slippery', '1'],
      ['other', '2'],
    ]);
    // It takes eight failures on eight days; the server's word is enough here.
    await page.route('**/study/review/**', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), is_leech: true, lapses: 8 } });
    });
    await page.goto(`${deck}/study`);
    const answer = async (text: string) => {
      await page.locator('.study-card').getByText(text, { exact: true }).waitFor();
      await page.keyboard.press('Space');
      await page.waitForTimeout(READING_MS);
      await page.keyboard.press('4');
    };
    await answer('slippery');
    await page.getByText('You have forgotten “slippery” 8 times.').waitFor();
    await page.getByRole('button', { name: 'Seen' }).click();
    await page.getByText('You have forgotten').waitFor({ state: 'detached' });
    await page.waitForTimeout(READING_MS);
    await page.keyboard.press('z');
    await answer('slippery');
    await page.getByText('You have forgotten “slippery” 8 times.').waitFor();
    await page.getByRole('button', { name: 'Suspend it' }).click();
    await page.getByText('You have forgotten').waitFor({ state: 'detached' });
    const [first] = await (await page.request.get(`/api/v1/cards/?deck_id=${deck.split('/').at(-1)}`)).json();
    const marked = await page.request.put(`/api/v1/study/marks/${first.id}`, { data: {} });
    assert.equal((await marked.json()).is_suspended, true);
    await close();
  });
});
