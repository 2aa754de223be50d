import { createHash } from 'node:crypto';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { Clock } from '../../src/db/clock.ts';
import type { Database } from '../../src/db/database.ts';
import { randomToken } from '../../src/db/random.ts';
import { insertAuthSession } from '../../src/db/stores/auth-sessions.ts';
import { insertUser } from '../../src/db/stores/users.ts';
import { buildApp } from '../../src/http/app.ts';
import { Timestamp } from '../../src/schema/index.ts';
import { hashPassword } from '../../src/services/passwords.ts';
import type { Place } from '../support/database.ts';
import { openFresh, settingsFor } from '../support/fresh.ts';

/** A clock that tests move: it rises by a microsecond a call, so that equal runs on two engines see equal times. */
export interface TestClock extends Clock {
  advance(seconds: number): void;
}

export function testClock(start = '2026-03-01 09:00:00.000000'): TestClock {
  let time = Timestamp.parse(start) as Timestamp;
  return {
    now: () => {
      time = time.plusMicros(1n);
      return time;
    },
    advance: (seconds) => {
      time = time.plusSeconds(seconds);
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of every shape.
  readonly body: any;
  readonly headers: LightMyRequestResponse['headers'];
}

export interface Service {
  readonly app: FastifyInstance;
  readonly database: Database;
  readonly clock: TestClock;
  call(
    method: string,
    url: string,
    options?: { token?: string | undefined; json?: unknown; headers?: Record<string, string>; form?: Record<string, string> },
  ): Promise<Answer>;
  /** Makes a user with the password `password-1` and a login, without the time a real sign-up takes to hash; returns the token. */
  signUp(username: string): Promise<string>;
  close(): Promise<void>;
}

let hashed: Promise<string> | undefined;

/** The HTTP application on a fresh database, called without a port. @param more settings */
export async function startService(place: Place, more: Readonly<Record<string, string>> = {}): Promise<Service> {
  const clock = testClock();
  const database = await openFresh(place, clock);
  const app = await buildApp({ database, settings: settingsFor(place, { TOKEN_DAYS: '3650', ...more }), hasLog: false });
  const call: Service['call'] = async (method, url, { token, json, headers, form } = {}) => {
    const response = await app.inject({
      method: method as 'GET',
      url,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
        ...headers,
      },
      ...(json === undefined ? {} : { payload: json as object }),
      ...(form === undefined ? {} : { payload: new URLSearchParams(form).toString() }),
    });
    const isJson = String(response.headers['content-type']).includes('json');
    return {
      status: response.statusCode,
      text: response.body,
      body: isJson && response.body !== '' ? JSON.parse(response.body) : undefined,
      headers: response.headers,
    };
  };
  return {
    app,
    database,
    clock,
    call,
    async signUp(username) {
      hashed ??= hashPassword('password-1');
      const hashed_password = await hashed;
      const token = `fc_${username}_${randomToken(16)}`;
      await database.write(async (session) => {
        const { id } = await insertUser(session, { username, email: `${username}@law.edu`, hashed_password });
        const token_hash = createHash('sha256').update(token).digest('hex');
        await insertAuthSession(session, { user_id: id, token_hash, kind: 'api', expires_at: clock.now().plusDays(3650) });
      });
      return token;
    },
    async close() {
      await app.close();
      await database.close();
    },
  };
}
