// slow
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { chromium } from 'playwright-core';
import { browserPath, keptAnswers, notHere, openSite, reviewsOf, type Site, signUp, untilSent, visit } from './browser.ts';
import { answer, beginStudying, inStore, tryNow, untilReady } from './offline-site.ts';

/** A way to the server on which a release can change: the service worker, which names every file of its build, is another one from then on. */
async function startRelease(url: string) {
  let isNew = false;
  const server = createServer((asked, answered) => {
    // Whether it is the one of before is not for the server behind to say.
    const { 'if-none-match': _, 'if-modified-since': __, ...kept } = asked.headers;
    const passed = request(new URL(asked.url ?? '/', url), { method: asked.method, headers: kept }, (response) => {
      const isWorker = asked.url === '/service-worker.js' && isNew;
      const { 'content-length': ___, ...headers } = response.headers;
      answered.writeHead(response.statusCode ?? 500, isWorker ? headers : response.headers);
      if (!isWorker) return void response.pipe(answered);
      response.setEncoding('utf8');
      let source = '';
      response.on('data', (part) => (source += part));
      response.on('end', () => answered.end(source.replace('flashcase-shell-', 'flashcase-shell-next-')));
    });
    passed.on('error', () => answered.destroy());
    asked.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    release: () => {
      isNew = true;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A browser whose profile stays on the disk, to be killed as the power may kill it. */
async function openProfile(folder: string) {
  const child = spawn(
    browserPath,
    ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--remote-debugging-port=0', `--user-data-dir=${folder}`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let told = '';
  const address = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (part: Buffer) => {
      told += part.toString();
      const found = /DevTools listening on (ws:\S+)/.exec(told)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('exit', () => reject(new Error(`the browser ended: ${told}`)));
  });
  const browser = await chromium.connectOverCDP(address);
  const context = browser.contexts()[0];
  assert.ok(context);
  return {
    page: await context.newPage(),
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('the page as an app of its own', { skip: notHere }, () => {
  let site: Site;
  before(async () => {
    site = await openSite();
  });
  after(() => site.stop());

  it('can be installed, by the browser’s own word', async () => {
    const { page, close } = await visit(site, { serviceWorkers: 'allow' });
    await signUp(page);
    await page.evaluate('navigator.serviceWorker.ready.then(() => undefined)');
    const session = await page.context().newCDPSession(page);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    // Each visit of these tests has a private window of its own, which nothing is installed from.
    assert.deepEqual(
      installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'),
      [],
    );
    const { manifest, errors } = await session.send('Page.getAppManifest');
    assert.deepEqual([manifest?.name, errors], ['FlashCase', []]);
    for (const { url } of manifest?.icons ?? []) assert.equal((await page.request.get(url)).status(), 200, url);
    await close();
  });

  it('a new release waits for its reader’s word, and takes no answer with it', async () => {
    const way = await startRelease(site.url);
    try {
      const { page, complaints, deck, close } = await beginStudying({ ...site, url: way.url }, 3, { scheduler: 'sm2' });
      await page.route('**/study/review/**', (route) => route.abort());
      await answer(page, 3);
      way.release();
      await page.evaluate('navigator.serviceWorker.getRegistration().then((one) => one.update())');
      await page.getByText('A new version of FlashCase is there.').waitFor();
      await page.getByText('q1').waitFor();
      await page.getByRole('button', { name: 'Reload' }).click();
      await page.getByText('A new version of FlashCase is there.').waitFor({ state: 'detached' });
      await page.getByText('q1').waitFor();
      const names = await page.evaluate<string[]>('caches.keys()');
      assert.equal(names.filter((name) => name.startsWith('flashcase-shell-next-')).length, 1, names.join(' '));
      assert.equal(await keptAnswers(page), 1);
      await page.unroute('**/study/review/**');
      await tryNow(page);
      await untilSent(page);
      assert.equal(await reviewsOf(page, deck), 1);
      assert.deepEqual(complaints, []);
      await close();
    } finally {
      way.close();
    }
  });

  it('a browser that is killed keeps every answer whose next card was seen, and opens without a server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'flashcase-profile-'));
    try {
      const first = await openProfile(folder);
      const at = (path: string) => `${site.url}${path}`;
      const { page } = first;
      await page.goto(at('/sign-up'));
      await page.getByLabel('Email').fill('profile@example.org');
      await page.getByLabel('Username').fill('profile');
      await page.getByLabel('Password', { exact: true }).fill('correct horse');
      await page.getByRole('button', { name: 'Create account' }).click();
      await page.getByRole('heading', { name: 'Decks', exact: true }).waitFor();
      const ask = async (method: 'post' | 'put', path: string, data: object) =>
        (await page.context().request[method](at(`/api/v1/${path}`), { data })).json();
      const { id } = (await ask('post', 'decks/', { name: 'Torts' })) as { id: number };
      for (let index = 0; index < 5; index++) await ask('post', 'cards/', { deck_id: id, front: `q${index}`, back: 'a' });
      await ask('put', 'study/settings', { scheduler: 'sm2' });
      await page.goto(at(`/decks/${id}/study`));
      await untilReady(page, 5);
      await site.killServer();
      for (let index = 0; index < 3; index++) await answer(page, 3);
      await first.kill();

      const second = await openProfile(folder);
      await second.page.goto(at(`/decks/${id}/study`));
      await second.page.getByText('q3').waitFor();
      assert.equal(await keptAnswers(second.page), 3);
      await answer(second.page, 3);
      assert.equal(await inStore(second.page, 'events'), 4);
      await second.kill();
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await site.startServer();
    }
  });
});
