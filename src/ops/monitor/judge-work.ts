import type { PoolState, Reading } from '../../engine/engine.ts';
import type { Due } from '../maintain/maintain.ts';
import type { MissingIndex } from './find-missing-indexes.ts';
import type { Finding } from './finding.ts';
import { figureText } from './in-words.ts';
import type { Sessions } from './read-sessions.ts';
import { SLOW_MEAN_MS, type Statements } from './read-statements.ts';

/** As the alert FlashcasePostgresOldTransaction. */
const OLD_SECONDS = 60;
const VERY_OLD_SECONDS = 600;
/** Longer than any lock FlashCase holds. */
const BLOCKED_SECONDS = 10;
const LONG_BLOCKED_SECONDS = 60;
/** As the alert FlashcasePostgresCacheMisses; of a server that has read little nothing follows. */
const HIT_SHARE = 0.98;
const READ_BLOCKS = 1_000_000;
/** Pages of an SQLite file that hold nothing. */
const FREE_SHARE = 0.5;
const FREE_BYTES = 100_000_000;

const calledBy = (application: string): string => (application === '' ? '' : ` (${application})`);

/** Who keeps others waiting, or keeps VACUUM from freeing rows. */
export function judgeSessions({ blocked, transactions }: Sessions): Finding[] {
  return [
    ...blocked
      .filter(({ waitsSeconds }) => waitsSeconds > BLOCKED_SECONDS)
      .map(
        ({ pid, application, waitsSeconds, by, byApplication, byState }): Finding => ({
          id: 'session-blocked',
          severity: waitsSeconds > LONG_BLOCKED_SECONDS ? 'page' : 'warning',
          on: String(pid),
          says: `Session ${pid}${calledBy(application)} has waited ${figureText(waitsSeconds, 'seconds')} for session ${by}${calledBy(byApplication)}${byState === '' ? '' : `, which is ${byState}`}.`,
          figure: waitsSeconds,
          threshold: waitsSeconds > LONG_BLOCKED_SECONDS ? LONG_BLOCKED_SECONDS : BLOCKED_SECONDS,
          unit: 'seconds',
          advice: `Let session ${by} end by itself where it may; a forgotten one is ended by:`,
          command: `SELECT pg_terminate_backend(${by});`,
          runbook: 'FlashcasePostgresLocks',
        }),
      ),
    ...transactions
      .filter(({ ageSeconds }) => ageSeconds > OLD_SECONDS)
      .map(
        ({ pid, application, state, ageSeconds }): Finding => ({
          id: 'old-transaction',
          severity: ageSeconds > VERY_OLD_SECONDS ? 'page' : 'warning',
          on: String(pid),
          says: `Session ${pid}${calledBy(application)} has a transaction open for ${figureText(ageSeconds, 'seconds')}${state === '' ? '' : `; it is ${state}`}. Until it ends no row that was deleted since is freed.`,
          figure: ageSeconds,
          threshold: ageSeconds > VERY_OLD_SECONDS ? VERY_OLD_SECONDS : OLD_SECONDS,
          unit: 'seconds',
          advice: 'A copy of the move, or a pg_dump: let it end. A forgotten one is ended by:',
          command: `SELECT pg_terminate_backend(${pid});`,
          runbook: 'FlashcasePostgresOldTransaction',
        }),
      ),
  ];
}

/** Statements that take long, with the index that is missing where one is; and how to see more of them. */
export function judgeStatements({ list, howTo, source }: Statements, missing: readonly MissingIndex[]): Finding[] {
  return [
    ...list
      .filter(({ isSlow }) => isSlow)
      .map(({ name, sql, calls, meanMs, wholeTables, advice }): Finding => {
        const indexes = missing.filter(({ table }) => wholeTables.includes(table));
        return {
          id: 'slow-statement',
          severity: 'warning',
          on: name ?? sql.slice(0, 60),
          says: `${name ?? 'A statement without a name'} takes ${figureText(meanMs, 'milliseconds')} on average (${figureText(calls, 'number')} times)${wholeTables.length === 0 ? '' : `, and reads ${wholeTables.join(' and ')} as a whole`}.`,
          figure: meanMs,
          threshold: SLOW_MEAN_MS,
          unit: 'milliseconds',
          advice:
            indexes.length > 0
              ? `Missing: ${indexes.map((index) => `the index ${index.name} of ${index.table}`).join(', ')}.`
              : (advice[0] ??
                (wholeTables.length > 0
                  ? 'No index fits it.'
                  : 'Its plan reads no large table as a whole: is the machine busy, or does it wait for locks?')),
          ...(indexes.length > 0
            ? { command: indexes.map(({ sql: create }) => create).join(' ') }
            : name === null
              ? {}
              : { command: `flashcase db explain ${name}` }),
          runbook: 'FlashcaseReviewsSlow',
        };
      }),
    ...(howTo === null
      ? []
      : [
          {
            id: 'statements-not-counted',
            severity: 'note',
            says: `PostgreSQL does not count how long statements take${source === 'server' ? '; these are the times of this server alone' : ''}.`,
            figure: 0,
            threshold: 1,
            unit: 'number',
            advice: 'Let it count, as its administrator:',
            command: howTo,
          } satisfies Finding,
        ]),
  ];
}

/** What `flashcase db maintain` would do now, as one thing to do; what it could not do is told apart. */
export function judgeUpkeep(due: readonly Due[]): Finding[] {
  const possible = due.filter(({ obstacle }) => obstacle === undefined);
  const finding = { id: 'upkeep-due', severity: 'note', threshold: 0, unit: 'number', command: 'flashcase db maintain' } as const;
  return [
    ...(possible.length === 0
      ? []
      : [
          {
            ...finding,
            says: `Upkeep is due: ${possible.map(({ on, why }) => `${on} (${why})`).join(', ')}.`,
            figure: possible.length,
            advice: 'A server does it at its time (MAINTAIN_SCHEDULE), while people work; by hand:',
          },
        ]),
    ...due
      .filter(({ obstacle }) => obstacle !== undefined)
      .map(({ on, why, sql, obstacle }) => ({
        ...finding,
        on,
        says: `Upkeep of ${on} is due (${why}), and this role cannot do it.`,
        figure: 1,
        advice: `${sql}: ${obstacle}.`,
      })),
  ];
}

/** Requests that wait because every connection is taken. */
export const judgePool = ({ waiting, limit }: PoolState): Finding[] =>
  waiting > limit
    ? [
        {
          id: 'pool-waiting',
          severity: 'warning',
          says: `${waiting} pieces of work wait for one of ${limit} connections.`,
          figure: waiting,
          threshold: limit,
          unit: 'number',
          advice: 'A slow statement holds them, or there are too few: DB_POOL_SIZE. How many the server gives is said by:',
          command: 'flashcase doctor --connect',
          runbook: 'FlashcasePoolWaits',
        },
      ]
    : [];

/** What memory and the file have to spare. @param sharedBuffers as PostgreSQL says it */
export function judgeRoom(readings: readonly Reading[], sharedBuffers: string | undefined, file: string | undefined): Finding[] {
  const figureOf = (name: string): number => readings.find((reading) => reading.name === name)?.value ?? 0;
  const hit = figureOf('postgres_blocks_hit_total');
  const read = figureOf('postgres_blocks_read_total');
  const share = hit / Math.max(1, hit + read);
  const free = figureOf('sqlite_free_bytes');
  const size = figureOf('database_bytes');
  return [
    ...(read > READ_BLOCKS && share < HIT_SHARE
      ? [
          {
            id: 'cache-misses',
            severity: 'note',
            says: `${(share * 100).toFixed(1)} % of the pages were found in the server’s memory since it began to count.`,
            figure: share,
            threshold: HIT_SHARE,
            unit: 'share',
            advice: `Raise shared_buffers (${sharedBuffers ?? 'unknown'} now) to a quarter of the machine’s memory, and restart PostgreSQL.`,
            runbook: 'FlashcasePostgresCacheMisses',
          } satisfies Finding,
        ]
      : []),
    ...(file !== undefined && free > FREE_BYTES && free > FREE_SHARE * size
      ? [
          {
            id: 'sqlite-free-pages',
            severity: 'note',
            says: `${figureText(free, 'bytes')} of the file’s ${figureText(size, 'bytes')} hold nothing.`,
            figure: free,
            threshold: FREE_BYTES,
            unit: 'bytes',
            advice: 'New rows use them again. To give them back to the disk, with every server stopped:',
            command: `sqlite3 '${file.replaceAll("'", "'\\''")}' VACUUM`,
          } satisfies Finding,
        ]
      : []),
  ];
}
