import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hash,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { writeDurably } from '../../db/durable-file.ts';
import { CHAIN_BEGIN, chainHash } from '../state/event-chain.ts';
import type { MoveEvent } from '../state/events.ts';

/**
 * What a seal shows: the report is, to the letter, what the holder of the key signed, and its events are one unbroken chain. What it cannot show: that the
 * holder of the key, who runs the installation, wrote the truth. Against that, an auditor notes the key's fingerprint and the head of the chain while the
 * move is under way: a record changed later does not lead to that head any more.
 */
export interface Seal {
  readonly algorithm: 'sha256+ed25519';
  /** Of the report without this seal. */
  readonly sha256: string;
  /** The hash of the last event. */
  readonly chainHead: string;
  readonly events: number;
  /** SPKI, base64. */
  readonly publicKey: string;
  /** The first 32 hex digits of the SHA-256 of the key. */
  readonly fingerprint: string;
  readonly signature: string;
}

export type Sealed<T> = T & { readonly seal: Seal };

export interface SealCheck {
  readonly fingerprint: string;
  readonly chainHead: string;
  /** Sentences; empty when everything holds. */
  readonly problems: readonly string[];
}

export const keyFileOf = (sqliteFile: string): string => `${sqliteFile}.report-key`;

/** The installation's key for its reports, beside the SQLite file; `undefined` when there is none. */
export function existingReportKey(sqliteFile: string): KeyObject | undefined {
  const file = keyFileOf(sqliteFile);
  return existsSync(file) ? createPrivateKey(readFileSync(file)) : undefined;
}

/** The same key; made when there is none. @param ownerFile whose owner it gets. */
export function reportKey(sqliteFile: string, ownerFile: string): KeyObject {
  const existing = existingReportKey(sqliteFile);
  if (existing !== undefined) return existing;
  const { privateKey } = generateKeyPairSync('ed25519');
  const { uid, gid } = statSync(ownerFile);
  writeDurably(keyFileOf(sqliteFile), Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })), {
    mode: 0o600,
    uid,
    gid,
  });
  return privateKey;
}

const spkiOf = (key: KeyObject): Buffer => createPublicKey(key).export({ type: 'spki', format: 'der' });
const fingerprintOf = (spki: Buffer): string => createHash('sha256').update(spki).digest('hex').slice(0, 32);

/** What an auditor notes to know the key again. */
export const keyFingerprint = (key: KeyObject): string => fingerprintOf(spkiOf(key));

/** Seals a report. What JSON cannot hold is not in it. */
export function seal<T extends { readonly events: readonly MoveEvent[] }>(report: T, key: KeyObject): Sealed<T> {
  const plain = JSON.parse(JSON.stringify(report)) as T;
  const sha256 = hash('sha256', JSON.stringify(plain));
  const chainHead = plain.events.at(-1)?.chain ?? CHAIN_BEGIN;
  const spki = spkiOf(key);
  return {
    ...plain,
    seal: {
      algorithm: 'sha256+ed25519',
      sha256,
      chainHead,
      events: plain.events.length,
      publicKey: spki.toString('base64'),
      fingerprint: fingerprintOf(spki),
      signature: sign(null, Buffer.from(`${sha256} ${chainHead}`), key).toString('base64'),
    },
  };
}

function chainProblems(events: readonly MoveEvent[], head: string): string[] {
  let previous = CHAIN_BEGIN;
  for (const [i, { seq, at, kind, details, chain }] of events.entries()) {
    const expected = chainHash(previous, { seq, at, kind, details: JSON.stringify(details) });
    if (seq !== i + 1 || chain !== expected)
      return [`Event ${seq} (${kind}, ${at}) is not what was recorded, or one before it is missing.`];
    previous = chain;
  }
  return previous === head ? [] : ['The last event is not the one the report was sealed with.'];
}

/** Checks a sealed report by itself: nothing else is needed. */
export function checkSeal(report: Sealed<{ readonly events: readonly MoveEvent[] }>): SealCheck {
  const { seal: found, ...plain } = report;
  const problems: string[] = [];
  if (hash('sha256', JSON.stringify(plain)) !== found.sha256)
    problems.push('The text of the report was changed after it was sealed.');
  problems.push(...chainProblems(plain.events, found.chainHead));
  const spki = Buffer.from(found.publicKey, 'base64');
  const isSigned = (): boolean =>
    verify(
      null,
      Buffer.from(`${found.sha256} ${found.chainHead}`),
      createPublicKey({ key: spki, format: 'der', type: 'spki' }),
      Buffer.from(found.signature, 'base64'),
    );
  try {
    if (!isSigned()) problems.push('The signature is not that of the key it names.');
  } catch {
    problems.push('The key or the signature cannot be read.');
  }
  return { fingerprint: fingerprintOf(spki), chainHead: found.chainHead, problems };
}
