import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { withSqlite } from '../../src/move/live/sides.ts';
import { moveStatus } from '../../src/move/live/status.ts';
import { verifyLive } from '../../src/move/live/verify-live.ts';
import { recover } from '../../src/move/switch/recover.ts';
import { type ChildEnd, librarySource, liveOptionsFor, onPostgres, onSqlite, runVerb, startWriter, type Verb } from './live.ts';

/** Which sides take a write now: each is tried and taken back. */
export async function writableSides(file: string, url: string): Promise<string[]> {
  const sides: string[] = [];
  try {
    onSqlite(file, (db) => db.exec("BEGIN IMMEDIATE; UPDATE author SET pen_name = 'Probe' WHERE id = 2; ROLLBACK"));
    sides.push('sqlite');
  } catch (error) {
    assert.match(String(error), /FlashCase/);
  }
  await onPostgres(url, async (client) => {
    try {
      await client.query("BEGIN; UPDATE author SET pen_name = 'Probe' WHERE id = 2");
      sides.push('postgres');
    } catch (error) {
      assert.match(String(error), /FlashCase|does not exist/);
    } finally {
      await client.query('ROLLBACK');
    }
  });
  return sides;
}

export const STEPS: Readonly<Record<'start' | 'cutover' | 'rollback', readonly string[]>> = {
  start: ['judged', 'recorded', 'created', 'began', 'range book 2', 'copied', 'indexed', 'captured', 'done'],
  cutover: ['prepared', 'held', 'drained', 'verified', 'sequences', 'decided', 'opened'],
  rollback: ['prepared', 'registered', 'held', 'drained', 'verified', 'sequences', 'decided', 'closed'],
};

export interface KillRound {
  readonly verb: Verb;
  readonly kill: { readonly step?: string; readonly afterMs?: number };
}

/**
 * One live move with two users who never stop, whose commands are killed again and again. After each kill exactly one side takes writes once anybody
 * looked; in the end every acknowledged write is on both sides.
 * @returns how many kills hit.
 */
export async function killLiveMove(t: TestContext, url: string, rounds: readonly KillRound[]): Promise<number> {
  const file = await librarySource(t, 1000);
  const options = liveOptionsFor(file, url);
  const writers = [await startWriter(t, file, url, 'w1'), await startWriter(t, file, url, 'w2')];
  let killed = 0;
  const run = async (verb: Verb, kill: KillRound['kill'] = {}): Promise<ChildEnd> => {
    const end = await runVerb(verb, file, url, kill);
    if (end.wasKilled) killed++;
    return end;
  };
  const primary = async (): Promise<string> => {
    const { state } = await withSqlite(file, (sqlite) => recover(sqlite, options));
    const writable = await writableSides(file, url);
    // Until the copy is complete, PostgreSQL is no side yet, and has no fence.
    if (state?.phase === 'copying') assert.ok(writable.includes('sqlite'));
    else assert.equal(writable.length, 1, `writable: ${writable.join()} in phase ${state?.phase}`);
    return writable[0] as string;
  };
  const finishedOrKilled = (end: ChildEnd, what: string): void =>
    assert.ok(end.wasKilled || end.steps.at(-1) === 'finished', `${what}: ${end.steps.join(' | ')}`);

  for (const { verb, kill } of rounds.filter((round) => round.verb === 'start')) {
    finishedOrKilled(await run(verb, kill), `start killed at ${JSON.stringify(kill)}`);
    assert.equal(await primary(), 'sqlite');
  }
  finishedOrKilled(await run('start'), 'start');
  for (const { verb, kill } of rounds.filter((round) => round.verb !== 'start')) {
    const wanted = verb === 'cutover' ? 'sqlite' : 'postgres';
    if ((await primary()) !== wanted) finishedOrKilled(await run(wanted === 'sqlite' ? 'rollback' : 'cutover'), `to ${wanted}`);
    const end = await run(verb, kill);
    finishedOrKilled(end, `${verb} killed at ${JSON.stringify(kill)}`);
    await primary();
  }
  const acknowledged = new Map<string, number>();
  for (const writer of writers) for (const [body, stars] of await writer.stop()) acknowledged.set(body, stars);
  const verdict = await verifyLive(options, { events: options.events, isParanoid: false });
  assert.equal(verdict.isEqual, true, JSON.stringify(verdict.tables.flatMap(({ differences }) => differences).slice(0, 10)));
  const { rows } = await onPostgres(url, (client) =>
    client.query('SELECT body, stars FROM book WHERE body LIKE \'w%\' ORDER BY body COLLATE "C"'),
  );
  assert.deepEqual(
    rows.map(({ body, stars }) => [body, stars]),
    [...acknowledged].sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  assert.deepEqual((await moveStatus(options)).problems, []);
  return killed;
}
