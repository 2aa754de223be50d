import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '../../src/db/clock.ts';
import { openDatabase } from '../../src/db/database.ts';
import { register } from '../../src/services/accounts.ts';
import { settingsFor } from './fresh.ts';
import type { LedgerInstallation } from './ledger-installation.ts';
import type { Student } from './load-population.ts';

export const ADMIN = { username: 'admin', password: 'correct horse' } as const;

/** Makes an administrator in the installation's file, as `flashcase user create --admin` does. */
export async function makeAdmin({ file }: Pick<LedgerInstallation, 'file'>): Promise<void> {
  const database = openDatabase(settingsFor({ url: `sqlite:///${file}` }), systemClock());
  await register(database, { ...ADMIN, email: 'admin@law.edu', isAdmin: true });
  await database.close();
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
type Body = any;

/** The API as an administrator's program uses it. */
export class AdminClient {
  readonly #base: string;
  readonly #token: string;

  private constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  static async logIn(base: string): Promise<AdminClient> {
    const answer = await fetch(`${base}/api/v1/auth/login`, { method: 'POST', body: new URLSearchParams(ADMIN) });
    return new AdminClient(base, ((await answer.json()) as { access_token: string }).access_token);
  }

  async call(method: 'GET' | 'POST', path: string, json?: unknown): Promise<{ status: number; text: string; body: Body }> {
    const answer = await fetch(`${this.#base}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#token}`, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    const text = await answer.text();
    return { status: answer.status, text, body: JSON.parse(text) };
  }

  /** Starts what goes on as the job and waits for its end. Typed again when it gives up in time, as it may on a machine with too much to do. */
  async work(action: string, json?: unknown): Promise<Body> {
    for (let tries = 1; ; tries++) {
      const begun = await this.call('POST', `/move/${action}`, json);
      if (begun.status !== 202) throw new Error(`${action}: ${begun.status} ${begun.text}`);
      for (;;) {
        const { job } = (await this.call('GET', '/move')).body;
        if (job.id === begun.body.job.id && job.endedAt !== null) {
          if (job.failure?.code !== 'FC_MOVE_GIVEN_UP' || tries === 5) return job;
          break;
        }
        await delay(50);
      }
    }
  }
}

/** Somebody who adds cards without a break and knows nothing of the move: what was acknowledged, and what went wrong. */
export async function writeCards(
  base: string,
  student: Student,
  signal: AbortSignal,
): Promise<{ readonly acknowledged: readonly string[]; readonly problems: readonly string[] }> {
  const acknowledged: string[] = [];
  const problems: string[] = [];
  const headers = { authorization: `Bearer ${student.token}`, 'content-type': 'application/json' };
  const deckId = Number(student.decks[0]?.id);
  for (let i = 0; !signal.aborted; i++) {
    const front = `written ${i}`;
    try {
      const body = JSON.stringify({ deck_id: deckId, front, back: 'meanwhile' });
      const answer = await fetch(`${base}/api/v1/cards/`, { method: 'POST', headers, body });
      if (answer.status === 201) acknowledged.push(front);
      else problems.push(`${front}: ${answer.status} ${await answer.text()}`);
    } catch (error) {
      problems.push(`${front}: ${String(error)}`);
    }
    await delay(10);
  }
  return { acknowledged, problems };
}

/** The fronts of everything in a student's first deck, page by page. */
export async function frontsOf(base: string, student: Student): Promise<string[]> {
  const fronts: string[] = [];
  for (let after: string | undefined = '0'; after !== undefined; ) {
    const answer: Response = await fetch(`${base}/api/v1/cards/?deck_id=${student.decks[0]?.id}&limit=500&after=${after}`, {
      headers: { authorization: `Bearer ${student.token}` },
    });
    fronts.push(...((await answer.json()) as { front: string }[]).map(({ front }) => front));
    after = answer.headers.get('X-Next-After') ?? undefined;
  }
  return fronts;
}
