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
});
