import { withoutPassword } from '../../db/database-url.ts';
import { setInEnvFile } from '../../db/env-file.ts';
import { readPeer } from '../../db/peer.ts';
import type { LiveOptions } from '../../move/live/live-options.ts';
import type { MoveEvent } from '../../move/state/events.ts';
import type { SwitchReport } from '../../move/switch/switch-steps.ts';

/** True when both sides were found equal since the copy, or since the last switch. */
export function isCompared(events: readonly MoveEvent[]): boolean {
  const since = events.findLast(({ kind }) => kind === 'copied' || kind === 'decided');
  const verified = events.findLast(({ kind }) => kind === 'verified');
  return verified?.details.isEqual === true && verified.seq > (since?.seq ?? 0);
}

/** What a cutover would do, step by step. @param keys how many are behind, where it is known. */
export function cutoverSteps(limitMs: number, keys: number | undefined): readonly string[] {
  return [
    `hold new writes (they wait, limit ${limitMs} ms)`,
    'fence the SQLite file',
    `drain ${drained(keys)} keys`,
    'verify those keys',
    'set every id counter',
    'decide: PostgreSQL is primary, SQLite follows',
    'open PostgreSQL',
    'let the waiting writes go on',
  ];
}

/** The same of a rollback. */
export function rollbackSteps(limitMs: number, keys: number | undefined): readonly string[] {
  return [
    `hold new writes (they wait, limit ${limitMs} ms)`,
    'fence PostgreSQL, and wait for what writes it already',
    `drain ${drained(keys)} keys`,
    'verify those keys',
    'set every id counter',
    'decide: SQLite is primary, PostgreSQL follows',
    'let the waiting writes go on',
  ];
}

const drained = (keys: number | undefined): string => (keys === undefined ? 'the last' : `about ${keys}`);

/** `.env` follows the switch, where it is what names the database. The switch is done: a file that cannot be written does not hide it. */
export function followInEnvFile(options: LiveOptions, report: SwitchReport): string {
  const byHand = (url: string): string =>
    `Set DATABASE_URL=${withoutPassword(url)} where your servers get it from; until then they find the right side by themselves, and say so.`;
  let url = options.postgresUrl;
  try {
    url = report.primary === 'postgres' ? (readPeer(options.sqliteFile)?.postgresUrl ?? url) : `sqlite:///${options.sqliteFile}`;
    const about = `the move to epoch ${report.epoch} on ${options.clock.now().text.slice(0, 10)}`;
    const did = setInEnvFile(process.cwd(), 'DATABASE_URL', url, about);
    return did === 'changed' || did === 'same' ? `.env names ${withoutPassword(url)} now.` : byHand(url);
  } catch (error) {
    return `.env could not be changed: ${(error as Error).message}\n${byHand(url)}`;
  }
}
