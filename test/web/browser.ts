import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { engines, leftToLongRuns, type Place, type Target } from '../support/database.ts';
import { ServerProcess } from '../support/load-server.ts';
import { freePort } from '../support/servers.ts';

export const browserPath = process.env.FLASHCASE_CHROMIUM ?? '/usr/bin/chromium';
/** The same engine without a browser's own windows: half the processor time of the whole one. The whole one where it is missing. */
const shellPath = ['/usr/bin/chromium-headless-shell', browserPath].find(existsSync) ?? browserPath;

/** For `skip`: the reason why the page's tests cannot run here; with CI=true or FLASHCASE_REQUIRE=all they run, and fail. */
export const notHere: string | false =
  existsSync(browserPath) || process.env.CI === 'true' || process.env.FLASHCASE_REQUIRE === 'all'
    ? false
    : 'not run: no chromium';

export interface Site {
  readonly url: string;
  readonly browser: Browser;
  readonly place: Place;
  killServer(): Promise<void>;
  /** Again, at the same address. */
  startServer(): Promise<void>;
  stop(): Promise<void>;
}

/** The browser alone. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: shellPath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A real server on a new database, a SQLite file unless another engine is wanted, and a browser. */
export async function openSite(
  target: Target = engines()[0]!,
  /** Further settings of its server, at its address. */
  settings: (port: number) => Readonly<Record<string, string>> = () => ({}),
): Promise<Site> {
  const place = await target.withTables();
  const port = await freePort();
  const options = { port, env: settings(port) };
  let server = await ServerProcess.start(place, options);
  const browser = await openBrowser();
  return {
    url: `http://127.0.0.1:${server.port}`,
    browser,
    place,
    async killServer() {
      server.process.kill('SIGKILL');
      await once(server.process, 'exit');
    },
    async startServer() {
      server = await ServerProcess.start(place, options);
    },
    async stop() {
      await browser.close();
      server.process.kill();
      await place.drop();
    },
  };
}

export const PHONE: BrowserContextOptions = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true };
export const DESKTOP: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };

/**
 * Screens and themes that a page is judged on. Layout follows the screen and colours follow the theme: every day has each of them once, a long run both
 * screens in both themes.
 */
export const everydayScreens = () =>
  (
    [
      ['desktop', 'light', DESKTOP, false],
      ['desktop', 'dark', DESKTOP, leftToLongRuns],
      ['phone', 'light', PHONE, leftToLongRuns],
      ['phone', 'dark', PHONE, false],
    ] as const
  ).map(([screen, colorScheme, options, skip]) => ({ screen, colorScheme, options, skip }));

export interface Visit {
  readonly page: Page;
  /** What the browser complained about: scripts that failed, and everything the Content-Security-Policy forbade. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** A browser of its own: no cookie and no storage of another one. */
export async function visit(site: Pick<Site, 'url' | 'browser'>, options: BrowserContextOptions = DESKTOP): Promise<Visit> {
  // Requests that a service worker might answer are not seen by `route`; tests of times without a connection want one.
  const context = await site.browser.newContext({ baseURL: site.url, locale: 'en-GB', serviceWorkers: 'block', ...options });
  // As a browser without them: what `block` leaves in their place answers nothing.
  if (options.serviceWorkers !== 'allow') await context.addInitScript('delete Navigator.prototype.serviceWorker');
  const page = await context.newPage();
  // Other tests load the machine at the same time.
  page.setDefaultTimeout(30_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (message) => {
    // Chromium reports every refused or lost request; that is what some of the tests are about.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  return { page, complaints, close: () => context.close() };
}

const PASSWORD = 'correct horse';
let people = 0;

/** A new account, signed up through the page; ends on the decks. */
export async function signUp(page: Page, name: string = `student${++people}`): Promise<string> {
  await page.goto('/sign-up');
  await page.getByLabel('Email').fill(`${name}@example.org`);
  await page.getByLabel('Username').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
  return name;
}

export async function signIn(page: Page, name: string): Promise<void> {
  await page.getByLabel('Username or email').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** A deck with cards, made through the API with the page's own login. Gives its address. */
export async function makeDeck(
  page: Page,
  name: string,
  cards: readonly (readonly [front: string, back: string])[],
  more: Record<string, unknown> = {},
): Promise<string> {
  const created = await page.request.post('/api/v1/decks/', { data: { name, ...more } });
  const { id } = (await created.json()) as { id: number };
  for (const [front, back] of cards) await page.request.post('/api/v1/cards/', { data: { deck_id: id, front, back } });
  return `/decks/${id}`;
}

/** Changes how the page's student studies, through the API. */
export async function studyBy(page: Page, settings: Record<string, unknown>): Promise<void> {
  const answer = await page.request.put('/api/v1/study/settings', { data: settings });
  if (!answer.ok()) throw new Error(await answer.text());
}

/** How many reviews of a deck the server has. */
export async function reviewsOf(page: Page, deck: string): Promise<number> {
  const answer = await page.request.get(`/api/v1${deck}/metadata`);
  return ((await answer.json()) as { total_reviews: number }).total_reviews;
}

/** How many answers are kept in the browser. Asked from outside: the page's rules let no text become a program. */
export function keptAnswers(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve, reject) => {
    const opening = indexedDB.open('flashcase');
    // Not there yet: it must not come to be here.
    opening.onupgradeneeded = () => opening.transaction.abort();
    opening.onerror = () => resolve(0);
    opening.onsuccess = () => {
      const asked = opening.result.transaction('events').objectStore('events').count();
      asked.onsuccess = () => { opening.result.close(); resolve(asked.result); };
      asked.onerror = () => reject(asked.error);
    };
  })`);
}

/** Waits until no answer is kept in the browser any more. */
export async function untilSent(page: Page): Promise<void> {
  for (let tries = 0; (await keptAnswers(page)) > 0; tries++) {
    if (tries > 300) throw new Error('answers are still kept in the browser');
    await page.waitForTimeout(100);
  }
}
