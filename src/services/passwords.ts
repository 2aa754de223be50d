import { argon2, timingSafeEqual } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { randomBytes } from '../db/random.ts';
import { FlashcaseError } from '../errors/index.ts';
import { takingTurns } from './taking-turns.ts';

/** OWASP's first choice for Argon2id: 19 MiB, two passes, one lane. A hash with less is renewed at the next login. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const LANES = 1;
const TAG_BYTES = 32;
/** Longer ones are refused before any hashing: a megabyte of password is an attack. */
export const MAX_PASSWORD_BYTES = 1024;
/** Hashes at once: each takes 19 MiB and a thread of the pool that also serves files. */
const CONCURRENT = 2;

const MAX_WAITING = 100;

const inTurn = takingTurns({
  concurrent: CONCURRENT,
  mostWaiting: MAX_WAITING,
  whenFull: 'Too many people are logging in at this moment. Try again in a few seconds.',
});

function derive(
  password: string,
  nonce: Buffer,
  memory: number,
  passes: number,
  parallelism: number,
  tagLength: number,
): Promise<Buffer> {
  return inTurn(
    () =>
      new Promise<Buffer>((resolve, reject) => {
        argon2('argon2id', { message: password, nonce, memory, passes, parallelism, tagLength }, (error, tag) =>
          error === null ? resolve(tag) : reject(error),
        );
      }),
  );
}

function phc(salt: Buffer, tag: Buffer): string {
  const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${LANES}$${base64(salt)}$${base64(tag)}`;
}

/** Hashes a password with Argon2id off the event loop. The text carries its parameters (PHC form), so they can be raised later. */
export async function hashPassword(password: string): Promise<string> {
  refuseHuge(password);
  const salt = randomBytes(16);
  return phc(salt, await derive(password, salt, MEMORY_KIB, PASSES, LANES, TAG_BYTES));
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

export interface Verdict {
  readonly isRight: boolean;
  /** True when the stored hash is weaker than today's: store a new one now that the password is at hand. */
  readonly isOutdated: boolean;
}

/** Checks a password against an Argon2id or (from the original app) bcrypt hash. An unreadable hash is never right. */
export async function verifyPassword(password: string, stored: string): Promise<Verdict> {
  refuseHuge(password);
  if (/^\$2[aby]\$/.test(stored)) return { isRight: await verifyBcrypt(password, stored), isOutdated: true };
  const part = PHC.exec(stored);
  if (part === null) return { isRight: false, isOutdated: false };
  const [memory = 0, passes = 0, lanes = 0] = part.slice(1, 4).map(Number);
  const expected = Buffer.from(part[5] as string, 'base64');
  const actual = await derive(password, Buffer.from(part[4] as string, 'base64'), memory, passes, lanes, expected.length);
  return { isRight: timingSafeEqual(actual, expected), isOutdated: memory < MEMORY_KIB || passes < PASSES };
}

/** The hash of no password, with the cost of a real one. */
const DECOY = phc(Buffer.alloc(16), Buffer.alloc(TAG_BYTES));

/** Spends the time of a check where there is no user, so that the answer does not tell whether the name exists. */
export async function spendVerification(password: string): Promise<void> {
  await verifyPassword(password, DECOY);
}

/** bcrypt in JavaScript takes 0.3 s of one thread: its own. */
function verifyBcrypt(password: string, stored: string): Promise<boolean> {
  const file = import.meta.url.endsWith('.ts') ? './bcrypt-worker.ts' : './bcrypt-worker.js';
  return inTurn(
    () =>
      new Promise<boolean>((resolve, reject) => {
        const worker = new Worker(new URL(file, import.meta.url), { workerData: { password, stored } });
        worker.once('message', (isRight: boolean) => resolve(isRight));
        worker.once('error', reject);
        worker.once('exit', () => reject(new Error('the password check ended without an answer')));
      }),
  );
}

function refuseHuge(password: string): void {
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) {
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `The password is longer than ${MAX_PASSWORD_BYTES} bytes.`,
      details: { field: 'password' },
    });
  }
}
