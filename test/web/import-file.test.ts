// slow
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { writeAnkiPackage } from '../../src/formats/anki/write-package.ts';
import type { Entry } from '../../src/formats/collection.ts';
import { makeZip } from '../formats/make-zip.ts';
import { findings } from './axe.ts';
import { DESKTOP, makeDeck, notHere, openSite, PHONE, type Site, signUp, visit } from './browser.ts';

const NOW = Date.UTC(2026, 1, 20, 9);

/** Cases of two decks; the second one has emphasis and a gap. */
function* collection(notes: number): Generator<Entry> {
  yield { type: 'deck', key: 1, path: ['Law', 'Torts'], description: '' };
  yield { type: 'deck', key: 2, path: ['Law', 'Contracts'], description: '' };
  yield {
    ...{ type: 'note-type', key: 1, name: 'Basic', form: 'standard', fields: ['Front', 'Back'], css: '', sortField: 0 },
    templates: [{ name: 'Card 1', question: '{{Front}}', answer: '{{FrontSide}}<hr id=answer>{{Back}}' }],
  };
  for (let key = 1; key <= notes; key++) {
    const fields = [`What of case ${key}?`, `<b>Rule ${key}</b>: <ul><li>a duty</li><li>its breach</li></ul>`];
    yield {
      ...{ type: 'note', key, guid: `g${key}`, noteType: 1, tags: ['law'], fields },
      ...{ createdAt: NOW, modifiedAt: NOW },
    };
  }
  for (let key = 1; key <= notes; key++)
    yield {
      ...{ type: 'card', key, note: key, ordinal: 0, deck: 1 + (key % 2), createdAt: NOW, modifiedAt: NOW, stage: 'review' },
      ...{
        isSuspended: false,
        flag: 0,
        due: { day: '2026-03-20' },
        intervalDays: 30,
        ease: 2.5,
        reviewCount: 1,
        lapses: 0,
        stepsLeft: 0,
      },
    };
  for (let card = 1; card <= notes; card++)
    yield {
      ...{ type: 'review', card, at: NOW - card * 1000, kind: 'review', grade: 3, interval: 30 },
      ...{ previousInterval: 12, ease: 2.5, tookMs: 2000 },
    };
}

describe('importing a file on the page', { skip: notHere }, () => {
  let site: Site;
  let folder: string;
  let file: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'flashcase-test-'));
    file = join(folder, 'law.apkg');
    await writeAnkiPackage(file, collection(30), [], { now: NOW });
    site = await openSite();
  });
  after(async () => {
    await site.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('a package of Anki: chosen, looked at, imported with its decks, and taken back by one button', async () => {
    const { page, complaints, close } = await visit(site, PHONE);
    await signUp(page);
    await page.getByRole('link', { name: 'Import a collection' }).click();
    await page.getByRole('heading', { name: 'Import a collection', level: 1 }).waitFor();
    assert.deepEqual(await findings(page), []);
    await page.locator('input[type=file]').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('a') });
    await page.getByText('Text has no deck of its own').waitFor();
    const data = '{:decks [{:name "Torts" :cards [{:content "Duty?\\n---\\nOwed to **all**" :reviews [{:remembered? true}]}]}]}';
    const mochi = makeZip([{ name: 'data.edn', data }]);
    await page.locator('input[type=file]').setInputFiles({ name: 'law.mochi', mimeType: 'application/zip', buffer: mochi });
    await page.getByText('1 new note with 1 card and 0 reviews').waitFor();
    await page.getByText('Mochi (EDN)').waitFor();
    assert.equal(await page.locator('.card-row__back strong').first().textContent(), 'all');
    await page.getByRole('button', { name: 'Another file' }).click();
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByText('30 new notes with 30 cards and 30 reviews').waitFor();
    await page.getByText('Law::Contracts (new)').waitFor();
    await page.getByText('Anki package').waitFor();
    assert.equal(await page.locator('.card-row__back b').first().textContent(), 'Rule 1');
    assert.deepEqual(await findings(page), []);
    await page.getByLabel('Dates and reviews').selectOption({ label: 'Begin anew' });
    await page.getByText('30 new notes with 30 cards and 0 reviews').waitFor();
    await page.getByLabel('Dates and reviews').selectOption({ label: 'Take them over' });
    await page.getByText('30 new notes with 30 cards and 30 reviews').waitFor();
    await page.getByRole('button', { name: 'Import 30 notes' }).click();
    const heading = page.getByRole('heading', { name: 'Imported', exact: true });
    await heading.waitFor();
    assert.equal(await heading.evaluate((element) => element.matches(':focus')), true);
    assert.deepEqual(await findings(page), []);
    await page.getByRole('link', { name: 'See your decks' }).click();
    await page.getByRole('link', { name: 'Torts', exact: true }).waitFor();
    await page.locator('.toast').getByText('Imported 30 notes.').waitFor();
    await page.locator('.toast').getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Taken back: Imported 30 notes.').waitFor();
    await page.getByText('No decks yet').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('a deck goes out as a file with all below it, and comes in again for somebody else', async () => {
    const owner = await visit(site, PHONE);
    await signUp(owner.page);
    const law = await makeDeck(owner.page, 'Law', [['q', 'a']]);
    await makeDeck(owner.page, 'Law::Torts', [['Duty?', 'Care']]);
    await owner.page.goto(law);
    await owner.page.getByRole('link', { name: 'Export', exact: true }).click();
    await owner.page.getByLabel('With the 1 deck below it').waitFor();
    assert.deepEqual(await findings(owner.page), []);
    const coming = owner.page.waitForEvent('download');
    await owner.page.getByRole('button', { name: 'Download' }).click();
    const download = await coming;
    assert.equal(download.suggestedFilename(), 'Law.apkg');
    const out = join(folder, 'out.apkg');
    await download.saveAs(out);
    assert.deepEqual(owner.complaints, []);
    await owner.close();

    const { page, close } = await visit(site, PHONE);
    await signUp(page);
    await page.goto('/import');
    await page.locator('input[type=file]').setInputFiles(out);
    await page.getByRole('button', { name: 'Import 2 notes' }).click();
    await page.getByRole('link', { name: 'See your decks' }).click();
    await page.getByRole('link', { name: 'Torts', exact: true }).waitFor();
    await close();
  });

  it('into a deck of one’s own; the deck keeps its history, and what was studied since stays when it is taken back', async () => {
    const { page, complaints, close } = await visit(site, DESKTOP);
    await signUp(page);
    const deck = await makeDeck(page, 'Exam', [['Mine?', 'mine']]);
    await page.goto(`${deck}/import`);
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByText('Into Exam.').waitFor();
    await page.getByRole('button', { name: 'Import 30 notes' }).click();
    await page.getByRole('link', { name: 'Open Exam' }).waitFor();
    const id = deck.split('/').at(-1);
    const cards = (await (await page.request.get(`/api/v1/cards/?deck_id=${id}`)).json()) as { id: number; front: string }[];
    assert.equal(cards.length, 31);
    const studied = cards.find(({ front }) => front === 'What of case 7?');
    const answer = await page.request.post(`/api/v1/study/review/${studied?.id}`, { data: { quality: 4 } });
    assert.equal(answer.ok(), true, await answer.text());
    await page.goto(`${deck}/import`);
    await page.getByRole('heading', { name: 'Imports of the last 30 days' }).waitFor();
    await page.getByText('30 added').waitFor();
    assert.deepEqual(await findings(page), []);
    await page.getByRole('button', { name: /^Undo the import/ }).click();
    await page.getByText('taken back; 1 note stayed, studied or changed since').waitFor();
    await page.goto(deck);
    await page.getByRole('heading', { name: '2 cards' }).waitFor();
    await page.locator('.card-row__front').getByText('What of case 7?', { exact: true }).waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('“Undo the import” takes that import back and says so once it is done; what failed is said, and can be tried again', async () => {
    const { page, complaints, close } = await visit(site, DESKTOP);
    await signUp(page);
    await page.goto('/import');
    await page.route('**/import/files/*/preview', (route) => route.abort());
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByRole('alert').getByText('The server does not answer').waitFor();
    await page.unroute('**/import/files/*/preview');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('button', { name: 'Import 30 notes' }).click();
    const undo = page.getByRole('button', { name: 'Undo the import' });
    await undo.waitFor();
    await page.route('**/operations/*/undo', (route) => route.abort());
    await undo.click();
    await page.getByRole('alert').getByText('The server does not answer').waitFor();
    assert.equal(await page.getByText('Taken back').count(), 0);
    await page.unroute('**/operations/*/undo');
    await undo.click();
    await page.getByRole('status').getByText('Taken back.', { exact: true }).waitFor();
    await undo.waitFor({ state: 'detached' });
    assert.equal(await page.locator('.toast').getByRole('button', { name: 'Undo' }).count(), 0);
    await page.getByRole('link', { name: '← Decks' }).click();
    await page.getByText('No decks yet').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });

  it('a file that is too large for the server is refused before it is sent', async () => {
    const { page, close } = await visit(site, DESKTOP);
    await signUp(page);
    const large = join(folder, 'media.apkg');
    writeFileSync(large, '');
    truncateSync(large, 512 * 1024 * 1024 + 1);
    const sent: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('/import/files')) sent.push(request.url());
    });
    await page.goto('/import');
    await page.locator('input[type=file]').setInputFiles(large);
    await page.getByRole('alert').getByText('This file is larger than 512 MB').waitFor();
    assert.deepEqual(sent, []);
    await close();
  });

  it('a damaged file is refused in plain words, and another can be chosen', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    await page.goto('/import');
    const bad = { name: 'broken.apkg', mimeType: 'application/zip', buffer: Buffer.from('PK\x03\x04 this is none') };
    await page.locator('input[type=file]').setInputFiles(bad);
    const alert = page.getByRole('alert').filter({ hasText: /\S/ });
    await alert.waitFor();
    assert.match((await alert.textContent()) ?? '', /zip|damaged|package/i);
    await page.getByRole('button', { name: 'Another file' }).click();
    await page.locator('input[type=file]').setInputFiles(file);
    await page.getByText('30 new notes').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });
});
