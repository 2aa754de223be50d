// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Locator } from 'playwright-core';
import { findings } from './axe.ts';
import { makeDeck, notHere, openSite, PHONE, type Site, signUp, visit } from './browser.ts';
import { until, untilReady } from './offline-site.ts';

/** A picture of one point. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const FILE = { name: 'figure.png', mimeType: 'image/png', buffer: PNG };

/** What of a browser's world is used here. */
interface World {
  DataTransfer: new () => { items: { add(file: unknown): void } };
  File: new (parts: unknown[], name: string, options: object) => unknown;
  ClipboardEvent: new (name: string, options: object) => unknown;
  DragEvent: new (name: string, options: object) => unknown;
}

/** A picture that comes by the clipboard, or by the mouse. */
const bring = (area: Locator, how: 'paste' | 'drop') =>
  area.evaluate(
    (field, [way, bytes]) => {
      const world = globalThis as unknown as World;
      const data = new world.DataTransfer();
      data.items.add(new world.File([new Uint8Array(bytes as number[])], 'figure.png', { type: 'image/png' }));
      const options = { bubbles: true, cancelable: true, clipboardData: data, dataTransfer: data };
      const event = way === 'paste' ? new world.ClipboardEvent('paste', options) : new world.DragEvent('drop', options);
      (field as unknown as { dispatchEvent(event: unknown): void }).dispatchEvent(event);
    },
    [how, [...PNG]] as const,
  );
/** In the browser. */
async function isPictureKept(): Promise<boolean> {
  const { caches } = globalThis as unknown as {
    caches: { keys(): Promise<string[]>; open(name: string): Promise<{ keys(): Promise<unknown[]> }> };
  };
  const name = (await caches.keys()).find((one) => one.startsWith('flashcase-media-'));
  return name !== undefined && (await (await caches.open(name)).keys()).length === 1;
}
const isShown = (picture: Locator): Promise<boolean> =>
  picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth === 1);

describe('pictures on the page', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  it('pasted, dropped or chosen, a picture stands in the note and is studied, also without a connection', async () => {
    const { page, complaints, close } = await visit(site, { ...PHONE, serviceWorkers: 'allow' });
    await signUp(page);
    const deck = await makeDeck(page, 'Figures', []);
    await page.goto(`${deck}/notes/new`);
    const front = page.getByLabel('Front');
    await front.fill('What is this? ');
    await bring(front, 'paste');
    await page.getByText('figure.png is in the note, which is Markdown now').waitFor();
    assert.match(await front.inputValue(), /!\[figure\]\(\/api\/v1\/media\/[0-9a-f]{64}\)/);
    const preview = page.getByRole('heading', { name: 'Makes 1 card' });
    await page.getByLabel('Back').fill('A point. ');
    await bring(page.getByLabel('Back'), 'drop');
    await page.getByText('figure.png is in the note.').waitFor();
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Add picture or sound' }).click();
    await (await choosing).setFiles({ ...FILE, name: 'words.png', buffer: Buffer.from('no picture') });
    await page.getByText('This is not a picture or sound that cards can show').waitFor();
    await preview.waitFor();
    const shown = page.getByRole('img', { name: 'figure' });
    await until(page, async () => (await shown.count()) === 2 && (await isShown(shown.first())), 'the preview shows it');
    assert.deepEqual(await findings(page), []);
    await page.getByRole('button', { name: 'Add note' }).click();
    await page.getByText('Added. The next one.').waitFor();
    await page.goto(`${deck}/study`);
    await page.getByRole('button', { name: 'Show answer' }).waitFor();
    await untilReady(page, 1);
    await until(page, () => page.evaluate(isPictureKept), 'the picture is kept');
    await page.context().setOffline(true);
    await page.reload();
    await page.getByRole('button', { name: 'Show answer' }).waitFor();
    await until(page, async () => isShown(page.getByRole('img', { name: 'figure' }).first()), 'it is shown without a connection');
    await page.context().setOffline(false);
    assert.deepEqual(
      complaints.filter((text) => !text.includes('service worker')),
      [],
    );
    await close();
  });
});
