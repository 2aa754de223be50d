import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/**
 * Draws the icons of the installed page from its logo: `node scripts/icons.ts`, after the logo was changed. Phones and shops of apps
 * want PNG; their pixels differ from one browser to the next, so they are committed and not compared.
 */
const folder = resolve(fileURLToPath(import.meta.url), '../../web/public');
const logo = readFileSync(join(folder, 'logo.svg'), 'utf8');

/** Transparent around the logo; those that a system cuts to its own shape fill their square, with the logo in the part that stays. */
const ICONS = [
  { file: 'icon-192.png', size: 192, part: 1, ground: 'transparent' },
  { file: 'icon-512.png', size: 512, part: 1, ground: 'transparent' },
  { file: 'icon-maskable-512.png', size: 512, part: 0.62, ground: '#e1efe8' },
  { file: 'icon-apple-180.png', size: 180, part: 0.76, ground: '#e1efe8' },
] as const;

const browser = await chromium.launch({
  executablePath: process.env.FLASHCASE_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
});
for (const { file, size, part, ground } of ICONS) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  const inner = Math.round(size * part);
  await page.setContent(
    `<body style="margin:0;display:grid;place-items:center;height:100vh;background:${ground}"><div style="width:${inner}px;height:${inner}px">${logo}</div></body>`,
  );
  writeFileSync(join(folder, file), await page.screenshot({ omitBackground: true }));
  await page.close();
}
await browser.close();
