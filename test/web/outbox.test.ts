// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { makeDeck, notHere, openSite, reviewsOf, type Site, signIn, signUp, studyBy, untilSent, visit } from './browser.ts';

const READING_MS = 250;

async function answerGood(page: Page): Promise<void> {
  await page.keyboard.press('Space');
  await page.waitForTimeout(READING_MS);
  await page.keyboard.press('Space');
}

describe('answers on a bad connection', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  async function begin(cards: number) {
    const opened = await visit(site);
    const name = await signUp(opened.page);
    const deck = await makeDeck(
      opened.page,
      'Evidence',
      Array.from({ length: cards }, (_, index) => [`q${index}`, `a${index}`] as const),
    );
    // One answer a card: SM-2 has no steps of minutes.
    await studyBy(opened.page, { scheduler: 'sm2' });
    // The page asks for the whole day once the round is there: where its login had ended by then, the sign-in page would come up before the answer.
    const day = opened.page.waitForResponse((response) => /\/study\/queue\/.*limit=500/.test(response.url()));
    await opened.page.goto(`${deck}/study`);
    await opened.page.getByText(`${cards} new`).waitFor();
    await day;
    return { ...opened, name, deck };
  }

  it('sends a review again with the same key when its answer got lost, and it counts once', async () => {
    const { page, deck, close } = await begin(2);
    const keys: (string | undefined)[] = [];
    await page.route('**/study/review/**', async (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      if (keys.length > 1) return route.continue();
      // The server has it, the page never hears so.
      await route.fetch();
      await route.abort('connectionreset');
    });
    await answerGood(page);
    await page.getByText('1 answer not yet saved').waitFor();
    await page.getByText('1 answer not yet saved').waitFor({ state: 'detached' });
    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1]);
    assert.match(keys[0] ?? '', /^[0-9a-f]{32}$/);
    assert.equal(await reviewsOf(page, deck), 1);

    await answerGood(page);
    await page.getByText('All answers are saved.').waitFor();
    assert.equal(keys.length, 3);
    assert.notEqual(keys[1], keys[2]);
    assert.equal(await reviewsOf(page, deck), 2);
    await close();
  });

  it('keeps answers over a reload, does not ask an answered card again, and sends them when the server is back', async () => {
    const { page, deck, close } = await begin(3);
    await page.route('**/study/review/**', (route) => route.abort());
    await answerGood(page);
    await page.getByText('2 new', { exact: true }).waitFor();
    await answerGood(page);
    await page.getByText('2 answers not yet saved').waitFor();
    await page.reload();
    await page.getByText('1 new', { exact: true }).waitFor();
    await page.getByText('q2').waitFor();
    await answerGood(page);
    await page.getByRole('heading', { name: 'Round done' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'Your last answers are on their way' }).waitFor();
    assert.equal(await reviewsOf(page, deck), 0);
    await page.getByText('3 answers not yet saved').waitFor();
    await page.unroute('**/study/review/**');
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('not yet saved').waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Nothing is due' }).waitFor();
    assert.equal(await reviewsOf(page, deck), 3);
    await close();
  });

  it('takes an answer back: one that was never sent leaves no trace, one whose answer got lost is taken back at the server', async () => {
    const { page, deck, close } = await begin(2);
    let reviews = 0;
    const undone: unknown[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/study/undo/')) undone.push(request.postDataJSON());
    });
    await page.route('**/study/review/**', async (route) => {
      reviews += 1;
      if (reviews > 1) return route.continue();
      await route.fetch();
      await route.abort('connectionreset');
    });
    await answerGood(page);
    await page.getByText('1 answer not yet saved').waitFor();
    assert.equal(await reviewsOf(page, deck), 1);
    // It may have arrived: the server is told to take it back, after it.
    await page.waitForTimeout(READING_MS);
    await page.keyboard.press('Control+z');
    await page.getByText('2 new', { exact: true }).waitFor();
    await page.getByRole('heading', { name: 'Answer' }).and(page.locator(':focus')).waitFor();
    await page.getByText('not yet saved').waitFor({ state: 'detached' });
    assert.equal(await reviewsOf(page, deck), 0);
    assert.equal(undone.length, 1);

    await page.unroute('**/study/review/**');
    await page.route('**/study/review/**', (route) => route.abort());
    await page.waitForTimeout(READING_MS);
    await page.keyboard.press('3');
    await page.getByText('1 answer not yet saved').waitFor();
    // Behind an answer that waits for its next try, this one has not been sent at all.
    await answerGood(page);
    await page.getByRole('heading', { name: 'Round done' }).waitFor();
    await page.waitForTimeout(READING_MS);
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('1 answer not yet saved').waitFor();
    await page.unroute('**/study/review/**');
    await page.getByText('not yet saved').waitFor({ state: 'detached' });
    assert.equal(undone.length, 1);
    assert.equal(await reviewsOf(page, deck), 1);
    await close();
  });

  it('an answer of before a reload, taken back without a connection, holds nobody up: its card comes once its own undo is sent', async () => {
    const { page, complaints, deck, close } = await begin(3);
    const cards = await (await page.request.get(`/api/v1/cards/?deck_id=${deck.split('/').at(-1)}`)).json();
    // The first card's answer cannot be saved for long: nothing but that card waits for it.
    const first = `**/study/review/${cards[0].id}`;
    await page.route(first, (route) => route.fulfill({ status: 503, json: {} }));
    await answerGood(page);
    await page.getByText('2 new', { exact: true }).waitFor();
    const second = page.waitForResponse((response) => response.url().endsWith(`/study/review/${cards[1].id}`));
    await answerGood(page);
    await second;
    await page.getByText('1 answer not yet saved').waitFor();
    assert.equal(await reviewsOf(page, deck), 1);
    await page.route('**/study/undo/**', (route) => route.abort());
    await page.reload();
    await page.getByText('q2').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('alert').getByText('Not taken back yet').waitFor();
    await page.getByText('2 answers not yet saved').waitFor();
    await page.waitForTimeout(READING_MS);
    await page.getByRole('heading', { name: 'Question' }).click();
    await page.getByRole('heading', { name: 'Answer' }).waitFor();

    // The connection is back: what is in front of the reader stays until it is answered.
    await page.unroute('**/study/undo/**');
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByRole('alert').getByText('Not taken back yet').waitFor({ state: 'detached' });
    assert.equal(await reviewsOf(page, deck), 0);
    await page.getByText('1 answer not yet saved').waitFor();
    await page.getByText('a2').waitFor();
    // On a fast machine all this takes less than the pause after which a key grades.
    await page.waitForTimeout(READING_MS);
    await page.keyboard.press('3');
    await page.getByText('q1').waitFor();
    await page.getByText('1 new', { exact: true }).waitFor();
    await page.unroute(first);
    await answerGood(page);
    await page.getByText('All answers are saved.').waitFor();
    assert.equal(await reviewsOf(page, deck), 3);
    assert.deepEqual(complaints, []);
    await close();
  });

  it('says so when an answer can never be saved, and goes on', async () => {
    const { page, deck, close } = await begin(2);
    const cards = await (await page.request.get(`/api/v1/cards/?deck_id=${deck.split('/').at(-1)}`)).json();
    await page.request.delete(`/api/v1/cards/${cards[0].id}`);
    await answerGood(page);
    await page.getByText('1 answer could not be saved: Card not found').waitFor();
    await answerGood(page);
    await page.getByRole('heading', { name: 'Round done' }).waitFor();
    assert.equal(await reviewsOf(page, deck), 1);
    await close();
  });

  it('keeps an answer, and the taking back of one, that a proxy refused in place of FlashCase, and sends it once FlashCase answers', async () => {
    const { page, deck, close } = await begin(2);
    const ofProxy = (status: number) => ({ status, contentType: 'text/html', body: `<h1>${status}</h1><hr>nginx` });
    const statuses = [403, 404, 405, 413];
    await page.route('**/study/review/**', (route) => {
      const status = statuses.shift();
      return status === undefined ? route.continue() : route.fulfill(ofProxy(status));
    });
    await answerGood(page);
    await page.getByText('1 answer not yet saved').waitFor();
    await page.getByText('not yet saved').waitFor({ state: 'detached' });
    assert.deepEqual(statuses, []);
    assert.equal(await page.getByText('could not be saved').count(), 0);
    assert.equal(await reviewsOf(page, deck), 1);

    let undos = 0;
    await page.route('**/study/undo/**', (route) => {
      undos += 1;
      return undos === 1 ? route.fulfill(ofProxy(404)) : route.continue();
    });
    await page.keyboard.press('Control+z');
    await page.getByText('1 answer not yet saved').waitFor();
    await page.getByText('not yet saved').waitFor({ state: 'detached' });
    assert.equal(undos, 2);
    assert.equal(await reviewsOf(page, deck), 0);
    await close();
  });

  it('sends nothing more until the next try once the server asks it to wait', async () => {
    const { page, deck, close } = await begin(3);
    const asked = new Set<string>();
    await page.route('**/study/review/**', (route) => {
      asked.add(route.request().url());
      return route.fulfill({ status: 503, headers: { 'Retry-After': '600' }, json: { detail: 'The database is busy' } });
    });
    for (const left of ['2 new', '1 new']) {
      await answerGood(page);
      await page.getByText(left, { exact: true }).waitFor();
    }
    await answerGood(page);
    await page.getByText('3 answers not yet saved').waitFor();
    const refused = page.waitForResponse((response) => response.url().includes('/study/review/'));
    await page.getByRole('button', { name: 'Try now' }).click();
    await refused;
    await page.waitForTimeout(READING_MS);
    assert.equal(asked.size, 1, 'each try ends at its first answer');
    assert.equal(await reviewsOf(page, deck), 0);
    await page.unroute('**/study/review/**');
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('not yet saved').waitFor({ state: 'detached' });
    assert.equal(await reviewsOf(page, deck), 3);
    await close();
  });

  it('in a browser that keeps nothing, says that signing out loses what is not saved', async () => {
    const { page, deck, close } = await begin(2);
    await page.addInitScript(`for (const [kind, name] of [[IDBFactory, 'open'], [Storage, 'setItem']])
      kind.prototype[name] = () => { throw new DOMException('nothing is kept here', 'SecurityError'); };`);
    await page.goto(`${deck}/study`);
    await page.getByText('2 new', { exact: true }).waitFor();
    await page.route('**/study/review/**', (route) => route.abort());
    await answerGood(page);
    await page.getByText('This browser keeps nothing: do not close this page').waitFor();
    await page.getByRole('link', { name: 'Account', exact: true }).click();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('1 answer not yet saved. This browser keeps nothing: signing out loses them.').waitFor();
    await page.getByRole('button', { name: 'Stay' }).click();
    await page.unroute('**/study/review/**');
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.getByText('not yet saved').waitFor({ state: 'detached' });
    assert.equal(await reviewsOf(page, deck), 1);
    await close();
  });

  it('holds an answer over the end of a login and sends it after the next one', async () => {
    const { page, name, deck, close } = await begin(1);
    await page.context().clearCookies();
    await answerGood(page);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('next'), `${deck}/study`);
    await signIn(page, name);
    await page.getByRole('heading', { name: 'Nothing is due' }).waitFor();
    await untilSent(page);
    assert.equal(await reviewsOf(page, deck), 1);
    await close();
  });

  it('is told of the end of a login after the next one: nobody is signed out by that, and the answer is sent', async () => {
    const { page, name, deck, close } = await begin(1);
    let tell = () => {};
    const told = new Promise<void>((resolve) => {
      tell = resolve;
    });
    await page.route('**/study/review/**', async (route) => {
      const response = await route.fetch();
      if (response.status() === 401) await told;
      await route.fulfill({ response });
    });
    await page.context().clearCookies();
    await answerGood(page);
    // What else the page asks tells of it first.
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signIn(page, name);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor({ state: 'detached' });
    const sent = page.waitForResponse((response) => response.url().includes('/study/review/') && response.ok());
    tell();
    await sent;
    await untilSent(page);
    assert.equal(await page.getByRole('heading', { name: 'Sign in' }).count(), 0);
    assert.equal(await reviewsOf(page, deck), 1);
    await close();
  });
});

describe('a page whose script does not come', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  it('says so, leaves the way to the other pages open, and comes once it is loaded anew', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    await page.route('**/assets/**', (route) => route.abort());
    await page.getByRole('link', { name: 'Statistics', exact: true }).click();
    await page
      .getByRole('alert')
      .getByText('This part of the page could not be loaded. Reload once the server answers.')
      .waitFor();
    await page.getByRole('link', { name: 'Decks', exact: true }).click();
    await page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
    await page.getByRole('link', { name: 'Statistics', exact: true }).click();
    await page.getByRole('alert').getByText('This part of the page could not be loaded.').waitFor();
    await page.unroute('**/assets/**');
    await page.getByRole('button', { name: 'Reload' }).click();
    await page.getByRole('heading', { name: 'Statistics', exact: true }).waitFor();
    // The browser is told what did not come, and nothing else went wrong.
    assert.deepEqual(
      complaints.filter((complaint) => !/Unable to preload CSS|dynamically imported module/.test(complaint)),
      [],
    );
    await close();
  });
});

describe('what was typed', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  it('stays when the server does not answer, and the same button saves it', async () => {
    const { page, close } = await visit(site);
    await signUp(page);
    await page.goto(await makeDeck(page, 'Property', []));
    await page.getByLabel('Front').fill('Fee simple?');
    await page.getByLabel('Back').fill('The largest estate');
    await page.route('**/api/v1/cards/', (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()));
    await page.getByRole('button', { name: 'Add card' }).click();
    await page.getByRole('alert').getByText('The server does not answer').waitFor();
    assert.equal(await page.getByLabel('Back').inputValue(), 'The largest estate');
    await page.unroute('**/api/v1/cards/');
    await page.getByRole('button', { name: 'Add card' }).click();
    await page.locator('.list').getByText('The largest estate').waitFor();
    assert.equal(await page.getByLabel('Front').inputValue(), '');
    await close();
  });

  it('survives the end of the login: the sign-in page comes up, and leads back to it', async () => {
    const { page, close } = await visit(site);
    const name = await signUp(page);
    const deck = await makeDeck(page, 'Property', [['Easement?', 'A right to use']]);
    await page.goto(deck);
    await page.getByLabel('Front').fill('Half a card');
    await page.getByRole('button', { name: 'Edit Easement?' }).click();
    await page.getByRole('form', { name: 'Edit card' }).getByLabel('Back').fill('A right to use the land of another');
    await page.context().clearCookies();
    // What was under way, as the preview, may have found out before: then the form has gone already.
    await page
      .getByRole('button', { name: 'Save' })
      .click({ timeout: 5000 })
      .catch(() => {});
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    assert.equal(new URL(page.url()).searchParams.get('next'), deck);
    await signIn(page, name);
    const edited = page.getByRole('form', { name: 'Edit card' }).getByLabel('Back');
    await edited.waitFor();
    assert.equal(await edited.inputValue(), 'A right to use the land of another');
    assert.equal(await page.getByRole('form', { name: 'New card' }).getByLabel('Front').inputValue(), 'Half a card');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.list').getByText('A right to use the land of another').waitFor();
    await close();
  });

  it('is not shown to the next person at this browser, and a link cannot lead them elsewhere', async () => {
    const { page, close } = await visit(site);
    await signUp(page);
    const deck = await makeDeck(page, 'Shared', [], { is_public: true });
    await page.goto('/');
    await page.getByLabel('New deck').fill('My secret plan');
    await page.goto('/account');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signUp(page);
    assert.equal(await page.getByLabel('New deck').inputValue(), '');
    await page.goto(deck);
    await page.getByText('Shared by somebody else').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Add card' }).count(), 0);
    await page.goto('/sign-in?next=//example.org/');
    await page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
    assert.equal(new URL(page.url()).host, new URL(site.url).host);
    await close();
  });

  it('is marked where the server finds it wrong', async () => {
    const { page, close } = await visit(site);
    const name = await signUp(page);
    await page.goto('/account');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Create an account' }).click();
    await page.getByLabel('Email').fill('not an address');
    await page.getByLabel('Username').fill(name);
    await page.getByLabel('Password', { exact: true }).fill('correct horse');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('This does not look like an email address.').waitFor();
    await page.getByLabel('Email').and(page.locator(':focus')).waitFor();
    await page.getByLabel('Email').fill('somebody.else@example.org');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByRole('alert').getByText('Username already registered').waitFor();
    assert.equal(await page.getByLabel('Username').inputValue(), name);
    await close();
  });
});
