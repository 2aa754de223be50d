/** As the service worker has it: a cache for each person, so that nothing of one is shown to another. */
const PREFIX = 'flashcase-media-';
/** Files that are kept at most, the newest ones: a day of cards shows fewer. */
const MOST_FILES = 500;
const SHOWN = /\/api\/v1\/media\/[0-9a-f]{64}/g;

interface Shown {
  readonly id: number;
  readonly front_html?: string | null;
  readonly back_html?: string | null;
}

const cacheOf = (userId: number): string => `${PREFIX}${userId}`;
/** Browsers have caches where pages can be opened without a connection, and nowhere else. */
const hasCaches = (): boolean => typeof caches !== 'undefined';

/** Keeps the pictures and sounds of cards that are kept. Nobody waits for it; what cannot be had is not there without a connection. */
export async function keepMedia(userId: number, cards: readonly Shown[]): Promise<void> {
  if (!hasCaches()) return;
  const wanted = new Map<string, number>();
  for (const { id, front_html, back_html } of cards)
    for (const [address] of `${front_html ?? ''} ${back_html ?? ''}`.matchAll(SHOWN)) wanted.set(address, id);
  if (wanted.size === 0) return;
  try {
    const cache = await caches.open(cacheOf(userId));
    for (const [address, cardId] of [...wanted].slice(0, MOST_FILES)) {
      if ((await cache.match(address)) !== undefined) continue;
      const response = await fetch(`${address}?card_id=${cardId}`);
      // Under the address alone: the same picture on another card is the same.
      if (response.status === 200) await cache.put(address, response);
    }
    const kept = await cache.keys();
    for (const request of kept.slice(0, Math.max(0, kept.length - MOST_FILES))) await cache.delete(request);
  } catch {
    // No connection, or no room.
  }
}

/** Throws away what is kept of everybody, or of everybody else. */
export async function forgetMedia(but?: number): Promise<void> {
  if (!hasCaches()) return;
  try {
    const names = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && (but === undefined || name !== cacheOf(but)));
    await Promise.all(names.map((name) => caches.delete(name)));
  } catch {
    // A browser that keeps nothing.
  }
}
