/**
 * Keeps the page itself, its scripts and styles, in the browser, so that it opens without a connection. Nothing else: what the API
 * answers is somebody's, and is never kept here. Pictures and sounds that the page has kept for its person (offline/kept-media.ts) are
 * shown from there when the server does not answer.
 */

/** Filled in by the build (vite.config.ts): every file of the page with its hash, and a mark of all of them. */
declare const __SHELL__: readonly (readonly [address: string, integrity: string])[];
declare const __RELEASE__: string;

/** What of a service worker's world is used here; the page's own types know windows only. */
interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Asked extends Event {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Worker {
  readonly clients: {
    claim(): Promise<void>;
    matchAll(which: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly unknown[]>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Lasting) => void): void;
  addEventListener(type: 'fetch', listener: (event: Asked) => void): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}
const worker = self as unknown as Worker;

const PREFIX = 'flashcase-shell-';
const NAME = PREFIX + __RELEASE__;
const PAGE = '/index.html';
/** As the server has it (src/http/page.ts): addresses that are never the page's. */
const NOT_THE_PAGE = /^\/(api|docs|assets|openapi\.json|health|ready|metrics)(\/|$)/;
/** Pictures and sounds of cards. */
const MEDIA = /^\/api\/v1\/media\/[0-9a-f]{64}$/;
const known = new Set(__SHELL__.map(([address]) => address));

/** Takes every file of this build, or none: each is compared with its hash, so that no half of another release gets in between. */
async function fill(): Promise<void> {
  const cache = await caches.open(NAME);
  await cache.addAll(
    __SHELL__.map(([address, integrity]) => new Request(address, { integrity, cache: 'no-cache', credentials: 'omit' })),
  );
}

/**
 * Throws older shells away but the last. A tab that is still open on one may ask for a page of it that it has not loaded yet, and with
 * several tabs nobody knows how old each is: then all stay until a release finds fewer.
 */
async function tidy(): Promise<void> {
  const windows = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (windows.length > 1) return;
  const older = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(older.slice(0, -1).map((name) => caches.delete(name)));
}

async function fromShell(address: string, request: Request): Promise<Response> {
  const mine = await (await caches.open(NAME)).match(address);
  return mine ?? (await caches.match(address)) ?? fetch(request);
}

/** From the server; without a connection what the page kept of it. */
async function orKept(address: string, request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const kept = await caches.match(address);
    if (kept !== undefined) return kept;
    throw error;
  }
}

worker.addEventListener('install', (event) => event.waitUntil(fill()));
worker.addEventListener('activate', (event) => event.waitUntil(tidy().then(() => worker.clients.claim())));
// Only when its reader says so: a page must not change under the hands of who studies.
worker.addEventListener('message', ({ data }) => {
  if (data === 'take over') void worker.skipWaiting();
});
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  // What is not answered here goes to the server as if there were no service worker.
  if (request.method !== 'GET' || origin !== location.origin) return;
  if (known.has(pathname) || pathname.startsWith('/assets/')) event.respondWith(fromShell(pathname, request));
  else if (MEDIA.test(pathname)) event.respondWith(orKept(pathname, request));
  else if (request.mode === 'navigate' && !NOT_THE_PAGE.test(pathname)) event.respondWith(fromShell(PAGE, request));
});
