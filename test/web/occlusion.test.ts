// slow
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Page } from 'playwright-core';
import { findings } from './axe.ts';
import { DESKTOP, makeDeck, notHere, openSite, PHONE, type Site, signUp, visit } from './browser.ts';
import { until } from './offline-site.ts';

/** A picture of four fields, twice as wide as high. */
const SVG = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="800" height="400"><rect width="800" height="400" fill="#f3e9dc"/><circle cx="200" cy="120" r="80" fill="#c8553d"/><rect x="480" y="60" width="200" height="120" fill="#588b8b"/><path d="M80 360l120-120 120 120z" fill="#2d3047"/><text x="520" y="320" font-size="60">Aorta</text></svg>',
);
const FILE = { name: 'heart.svg', mimeType: 'image/svg+xml', buffer: SVG };
const AREAS = [
  '{{c1::image-occlusion:rect:left=.6:top=.15:width=.25:height=.3:label=Left ventricle:oi=1}}',
  '{{c2::image-occlusion:ellipse:left=.15:top=.1:width=.2:height=.4:oi=1}}',
  '{{c2::image-occlusion:polygon:left=.1:top=.6:points=.1,.9 .25,.6 .4,.9:oi=1}}',
  '{{c0::image-occlusion:text:left=.05:top=.05:text=Front view:fs=.06}}',
].join('\n');
const SCREENS = [
  ['desktop, light', { ...DESKTOP, colorScheme: 'light' }],
  ['phone, dark', { ...PHONE, colorScheme: 'dark' }],
] as const;

async function give(page: Page): Promise<string> {
  const answer = await page.request.post('/api/v1/media?name=heart.svg', {
    ...{ data: SVG, headers: { 'content-type': 'application/octet-stream' } },
  });
  assert.equal(answer.status(), 201, await answer.text());
  return ((await answer.json()) as { address: string }).address;
}

/** For whoever wants to look at the pages. */
async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.FLASHCASE_PICTURES;
  if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
}

describe('areas of pictures on the page', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  for (const [name, options] of SCREENS)
    it(`a card hides its areas on the question, marks the asked one on the answer, and tells a screen reader no more than eyes see: ${name}`, async () => {
      const { page, complaints, close } = await visit(site, options);
      await signUp(page);
      const deck = await makeDeck(page, 'Anatomy', []);
      const address = await give(page);
      const made = await page.request.post('/api/v1/notes', {
        data: {
          ...{ deck_id: Number(deck.split('/').at(-1)), type: 'image_occlusion', format: 'markdown' },
          fields: [
            { name: 'Occlusion', value: AREAS },
            { name: 'Image', value: `![A heart](${address})` },
            { name: 'Header', value: 'The heart' },
            { name: 'Back Extra', value: 'See *Gray*.' },
          ],
        },
      });
      assert.equal(made.status(), 201, await made.text());
      await page.goto(`${deck}/study`);
      await page.getByRole('button', { name: 'Show answer' }).waitFor();
      const card = page.locator('.study-card');
      const image = card.locator('.occlusion__picture > img').first();
      await card.locator('.area--asked').first().waitFor();
      assert.equal(await card.locator('.area--asked').count(), 1);
      assert.equal(await card.locator('.area--hidden').count(), 2);
      assert.equal(await card.locator('.area__sign').textContent(), '?');
      // The asked area lies over its part of the picture, however wide the screen is.
      const over = async () => {
        const [box, mark] = [await image.boundingBox(), await card.locator('.area--asked').first().boundingBox()];
        assert.ok(box !== null && mark !== null);
        return [(mark.x - box.x) / box.width, (mark.y - box.y) / box.height, mark.width / box.width].map(
          (part) => Math.round(part * 50) / 50,
        );
      };
      assert.deepEqual(
        await over(),
        [0.6, 0.14, 0.26].map((part) => Math.round(part * 50) / 50),
      );
      const tree = await card.ariaSnapshot();
      assert.match(tree, /img "A heart"/);
      assert.match(tree, /Area 1 of 2 is hidden, and so are the others/);
      assert.doesNotMatch(tree, /ventricle/);
      assert.doesNotMatch(await card.innerHTML(), /ventricle/);
      assert.deepEqual(await findings(page), []);
      await picture(page, `${name}-question`);
      await page.getByRole('button', { name: 'Show answer' }).click();
      const answer = page.locator('.study-card__answer');
      await answer.locator('.area--answer').waitFor();
      await answer.getByText('Left ventricle').waitFor();
      await answer.getByText('See Gray.').waitFor();
      assert.match(await answer.ariaSnapshot(), /Area 1 of 2 is marked; the others are hidden\./);
      assert.equal(await answer.locator('.area--hidden').count(), 2);
      assert.deepEqual(await findings(page), []);
      await picture(page, `${name}-answer`);
      const others = answer.getByRole('button', { name: 'Show the other areas' });
      assert.ok(((await others.boundingBox())?.height ?? 0) >= 24);
      await others.click();
      await until(page, async () => (await answer.locator('.area--hidden').count()) === 0, 'the others are shown');
      // As wide as 1280 points are at 400 %.
      await page.setViewportSize({ width: 320, height: 640 });
      await until(
        page,
        async () => (await page.evaluate('document.documentElement.scrollWidth <= innerWidth')) === true,
        'nothing stands out over the side',
      );
      assert.deepEqual(complaints, []);
      await close();
    });

  for (const [name, options] of SCREENS)
    it(`areas are drawn by pointer and by keys alone, grouped, named and taken back, and saved as the cards that the preview shows: ${name}`, async () => {
      const { page, complaints, close } = await visit(site, options);
      await signUp(page);
      const deck = await makeDeck(page, 'Anatomy', []);
      await page.goto(`${deck}/notes/new`);
      await page.getByLabel('Type').selectOption('image_occlusion');
      const choosing = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Choose a picture' }).click();
      await (await choosing).setFiles(FILE);
      await page.getByText('heart.svg is in the note.').waitFor();
      await page.getByLabel('What the picture shows').fill('A heart');
      const stage = page.locator('.occl-stage svg');
      await stage.waitFor();
      const areas = page.locator('.occl-area');
      const makes = (count: string) => page.getByRole('heading', { name: `Makes ${count}` }).waitFor();
      const at = async (x: number, y: number): Promise<[number, number]> => {
        await stage.scrollIntoViewIfNeeded();
        const box = (await stage.boundingBox())!;
        return [box.x + x * box.width, box.y + y * box.height];
      };
      // By pointer: a rectangle is drawn, an ellipse put where one points, a polygon by its corners.
      await page.mouse.move(...(await at(0.6, 0.15)));
      await page.mouse.down();
      await page.mouse.move(...(await at(0.7, 0.3)));
      await page.mouse.move(...(await at(0.85, 0.45)));
      await page.mouse.up();
      await makes('1 card');
      const first = await areas.first().boundingBox();
      const whole = (await stage.boundingBox())!;
      assert.ok(Math.abs((first?.width ?? 0) / whole.width - 0.25) < 0.03, JSON.stringify([first, whole]));
      await page.getByLabel('Ellipse', { exact: true }).check();
      if (options.hasTouch === true) await page.touchscreen.tap(...(await at(0.25, 0.3)));
      else await page.mouse.click(...(await at(0.25, 0.3)));
      await makes('2 cards');
      await page.getByLabel('Polygon', { exact: true }).check();
      for (const [x, y] of [
        [0.1, 0.9],
        [0.25, 0.6],
        [0.4, 0.9],
      ] as const)
        await page.mouse.click(...(await at(x, y)));
      await page.getByRole('button', { name: 'Finish polygon' }).click();
      await makes('3 cards');
      // Grouped with the ellipse, and named.
      const list = page.getByRole('list', { name: 'Areas' });
      await list.getByRole('group', { name: 'Polygon 3' }).getByLabel('Card').fill('2');
      await makes('2 cards');
      await list.getByRole('group', { name: 'Rectangle 1' }).getByLabel('What is there').fill('Left  ventricle: thick');
      await page.locator('.note-preview').getByText('Left ventricle: thick').waitFor();
      // By keys alone.
      await page.getByRole('button', { name: 'Add rectangle' }).focus();
      await page.keyboard.press('Enter');
      await makes('3 cards');
      await areas.nth(3).focus();
      const place = list.getByRole('group', { name: 'Rectangle 4' });
      assert.equal(await place.getByLabel('Left, %').inputValue(), '40');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      assert.equal(await place.getByLabel('Left, %').inputValue(), '42');
      await page.keyboard.press('Shift+ArrowDown');
      assert.equal(await place.getByLabel('Height, %').inputValue(), '11');
      await place.getByLabel('Top, %').fill('60');
      assert.deepEqual(await findings(page), []);
      for (const button of await page.locator('.occl button, .occl input:not([hidden], [type="hidden"]), .occl select').all()) {
        const box = await button.boundingBox();
        const label = await button.evaluate(
          (one) =>
            (one as unknown as { closest(s: string): { clientHeight: number } | null }).closest('label')?.clientHeight ?? 0,
        );
        assert.ok(
          Math.max(box?.height ?? 0, label) >= 24,
          await button.evaluate((one) => (one as unknown as { outerHTML: string }).outerHTML),
        );
      }
      await picture(page, `${name}-editor`);
      await areas.nth(3).focus();
      await page.keyboard.press('Delete');
      await makes('2 cards');
      assert.equal(await areas.count(), 3);
      await page.getByRole('button', { name: 'Add rectangle' }).focus();
      await page.keyboard.press('Control+z');
      await makes('3 cards');
      await page.keyboard.press('Control+Shift+z');
      await makes('2 cards');
      // With none chosen to draw, an area is moved by the pointer.
      await page.getByLabel('Select and move').check();
      await page.mouse.move(...(await at(0.72, 0.3)));
      await page.mouse.down();
      await page.mouse.move(...(await at(0.6, 0.3)));
      await page.mouse.move(...(await at(0.52, 0.3)));
      await page.mouse.up();
      assert.equal(await list.getByRole('group', { name: 'Rectangle 1' }).getByLabel('Left, %').inputValue(), '40');
      await page.getByLabel('hides the one it asks for').check();
      await page.getByLabel('Zoom').selectOption('200');
      // A wrong turn costs nothing.
      await page.reload();
      await areas.nth(2).waitFor();
      await page.getByRole('button', { name: 'Add note' }).click();
      await page.getByText('Added. The next one.').waitFor();
      // The next note begins empty, and steps of this one are not taken back there.
      await page.getByRole('button', { name: 'Choose a picture' }).focus();
      await page.keyboard.press('Control+z');
      await page.getByText('Nothing to undo.').waitFor();
      await page.goto(deck);
      await page.getByRole('heading', { name: '2 cards' }).waitFor();
      await page.locator('.area--asked').first().waitFor();
      assert.equal(await page.locator('.area--hidden').count(), 0);
      await page
        .getByRole('link', { name: /Edit note/ })
        .first()
        .click();
      await areas.nth(2).waitFor();
      await list.getByRole('button', { name: 'Remove Ellipse 2' }).click();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Note saved.').waitFor();
      assert.deepEqual(complaints, []);
      await close();
    });

  it('an area that the editor cannot read is told of, and stays in the note when others are changed', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const deck = await makeDeck(page, 'Anatomy', []);
    const address = await give(page);
    const corners = Array.from({ length: 301 }, (_, at) => `${at / 1000},${(at * at) / 100_000}`).join(' ');
    const polygon = `{{c5::image-occlusion:polygon:points=${corners}:oi=1}}`;
    const made = await page.request.post('/api/v1/notes', {
      data: {
        ...{ deck_id: Number(deck.split('/').at(-1)), type: 'image_occlusion', format: 'markdown' },
        fields: [
          { name: 'Occlusion', value: `${polygon}\n${AREAS}` },
          { name: 'Image', value: `![A heart](${address})` },
        ],
      },
    });
    assert.equal(made.status(), 201, await made.text());
    const { id } = (await made.json()) as { id: number };
    await page.goto(`/notes/${id}`);
    await page.getByText('One area of this note cannot be read.').waitFor();
    await page.getByRole('list', { name: 'Areas' }).getByRole('button', { name: 'Remove Ellipse 2' }).click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Note saved.').waitFor();
    const note = (await (await page.request.get(`/api/v1/notes/${id}`)).json()) as { fields: { name: string; value: string }[] };
    const kept = note.fields.find(({ name }) => name === 'Occlusion')?.value ?? '';
    assert.ok(kept.includes(polygon), kept);
    assert.doesNotMatch(kept, /ellipse/);
    assert.match(kept, /label=Left ventricle/);
    assert.deepEqual(complaints, []);
    await close();
  });

  it('a drag is a step of its own, a begun polygon is no part of a note, and neither keys nor removing lose one’s place', async () => {
    const { page, complaints, close } = await visit(site);
    await signUp(page);
    const deck = await makeDeck(page, 'Anatomy', []);
    await page.goto(`${deck}/notes/new`);
    await page.getByLabel('Type').selectOption('image_occlusion');
    await page.getByRole('button', { name: 'Add note' }).click();
    await page.getByText('Choose a picture, and draw on it what is to be asked.').waitFor();
    const choosing = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a picture' }).click();
    await (await choosing).setFiles(FILE);
    await page.getByText('heart.svg is in the note.').waitFor();
    const stage = page.locator('.occl-stage svg');
    await stage.waitFor();
    const areas = page.locator('.occl-area');
    const list = page.getByRole('list', { name: 'Areas' });
    const at = async (x: number, y: number): Promise<[number, number]> => {
      await stage.scrollIntoViewIfNeeded();
      const box = (await stage.boundingBox())!;
      return [box.x + x * box.width, box.y + y * box.height];
    };
    const left = () => list.getByRole('group', { name: 'Rectangle 1' }).getByLabel('Left, %').inputValue();
    const drag = async (from: number, to: number) => {
      await page.mouse.move(...(await at(from, 0.5)));
      await page.mouse.down();
      await page.mouse.move(...(await at((from + to) / 2, 0.5)));
      await page.mouse.move(...(await at(to, 0.5)));
      await page.mouse.up();
    };
    await page.getByRole('button', { name: 'Add rectangle' }).click();
    await page.getByLabel('Select and move').check();
    await drag(0.5, 0.6);
    await drag(0.6, 0.7);
    assert.equal(await left(), '60');
    await page.getByRole('button', { name: 'Undo step' }).click();
    await list.getByRole('button', { name: 'Rectangle 1', exact: true }).click();
    assert.equal(await left(), '50');
    // Enter on a choice saves nothing.
    await page.getByLabel('Select and move').press('Enter');
    await page.getByLabel('Polygon', { exact: true }).check();
    for (const x of [0.1, 0.25, 0.4]) await page.mouse.click(...(await at(x, x === 0.25 ? 0.6 : 0.9)));
    await page.getByRole('button', { name: 'Add note' }).click();
    await page.getByText('Finish the polygon, or leave it with Escape.').waitFor();
    assert.equal(await page.getByText('Added. The next one.').count(), 0);
    await page.getByRole('button', { name: 'Finish polygon' }).focus();
    await page.keyboard.press('Escape');
    // Words of which nothing would be left are no end of the text.
    await page.getByRole('button', { name: 'Add text' }).click();
    await list.getByRole('group', { name: 'Text 2' }).getByLabel('Text', { exact: true }).fill('{');
    assert.equal(await areas.count(), 2);
    // What is removed last leaves the focus with the one before it, and the last one of all leaves it with the picture.
    await areas.nth(1).focus();
    await page.keyboard.press('Delete');
    await until(page, async () => (await areas.count()) === 1, 'one area is left');
    await page.locator('.occl-area:focus').waitFor();
    await list.getByRole('button', { name: 'Remove Rectangle 1' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.occl-scroll:focus').waitFor();
    assert.deepEqual(complaints, []);
    await close();
  });
});
