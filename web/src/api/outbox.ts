import { api, RequestFailed } from './client.ts';

/** A review on its way: its key makes sure that sending it twice counts once. */
interface Waiting {
  readonly key: string;
  readonly cardId: number;
  readonly quality: number;
}

const KEY = 'flashcase.outbox';
const RETRY_MS = 3000;

let waiting: readonly Waiting[] = read();
let isSending = false;
const listeners = new Set<() => void>();

function read(): Waiting[] {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '[]') as Waiting[];
  } catch {
    return [];
  }
}

/** Written before anything is sent: a closed tab loses no answer. */
function keep(next: readonly Waiting[]): void {
  waiting = next;
  localStorage.setItem(KEY, JSON.stringify(next));
  for (const listener of listeners) listener();
}

export const outbox = {
  count: (): number => waiting.length,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  add(cardId: number, quality: number): void {
    keep([...waiting, { key: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`, cardId, quality }]);
    void flush();
  },
  flush: (): Promise<void> => flush(),
};

/** Sends what waits, in order, until it is empty or the server cannot be reached; then tries again by itself. */
async function flush(): Promise<void> {
  if (isSending) return;
  isSending = true;
  try {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      if (!(await send(next))) {
        setTimeout(() => void flush(), RETRY_MS);
        return;
      }
      keep(waiting.slice(1));
    }
  } finally {
    isSending = false;
  }
}

/** True when the server has decided about it; false when it must be sent again. */
async function send({ key, cardId, quality }: Waiting): Promise<boolean> {
  try {
    const { response } = await api.POST('/api/v1/study/review/{card_id}', {
      params: { path: { card_id: String(cardId) }, header: { 'idempotency-key': key } },
      body: { quality },
    });
    // Signed out, held back or broken: the answer waits. Refused for good (the card is gone): nothing can be saved.
    return response.ok || (response.status >= 400 && response.status < 500 && response.status !== 401 && response.status !== 429);
  } catch (error) {
    if (error instanceof RequestFailed) return false;
    throw error;
  }
}

addEventListener('online', () => void flush());
document.addEventListener('visibilitychange', () => void flush());
