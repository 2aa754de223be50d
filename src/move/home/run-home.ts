import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, Engine } from '../../engine/engine.ts';
import type { PostgresConnection } from '../../engine/postgres/connection.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { refuseNetworkFileSystem } from '../../engine/sqlite/file-checks.ts';
import { removeDatabase } from '../../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { hashFile } from '../source/snapshot.ts';
import { inTransaction, lockTarget, openTarget } from '../target/connect.ts';
import type { Verdict } from '../verify/verify-move.ts';
import { type HomeRecord, leave, liftFence, openFile, raiseFence, readHome, recordFenced, recordPublishing } from './fence.ts';
import { type HomeAccount, type HomeOptions, partialOf, SERVERS_LOOK_MS } from './home-options.ts';
import { type HomeSource, inspectSource, otherSessions, refuseOthers, refuseUnfit } from './inspect-source.ts';
import { judgeSource, openFindings, refuseFindings } from './judge-source.ts';
import { makeFile } from './make-file.ts';
import { forgetPartial, publish, publishedState, refuseTaken } from './publish.ts';
import { compareHome } from './verify-home.ts';

/** The snapshot the file is made of: one moment, whatever passes the fence. */
const SNAPSHOT = 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY';
/** The epoch of a database that never was in a move. */
const FIRST_EPOCH = 1;

export interface HomeResult {
  readonly runId: string;
  readonly file: string;
  /** Of the file when it got its name. */
  readonly sha256: string;
  readonly tables: readonly HomeAccount[];
  /** The digest of each table, from each engine's own rows. */
  readonly digests: Readonly<Record<string, { readonly sqlite: string; readonly postgres: string } | undefined>>;
  readonly isParanoid: boolean;
  readonly seconds: { readonly copy: number; readonly verify: number };
}

export interface HomeRun extends HomeResult {
  /** True when an earlier call had given the file its name already. */
  readonly wasDone: boolean;
}

const state = (what: string, where: string, hint: string): FlashcaseError =>
  new FlashcaseError('FC_MOVE_STATE', { what, where, hint });

/** Goes on with what an earlier call began: tells whether the file has its name already. */
function standingOf(record: HomeRecord, { sqliteFile }: HomeOptions): 'copy' | 'published' {
  if (record.file !== sqliteFile)
    throw state(
      `This database is on its way home to ${record.file}, not to ${sqliteFile}.`,
      `move ${record.runId}`,
      'Name that file with --to. Or open the database again first: flashcase move abort.',
    );
  if (record.state === 'fenced') return 'copy';
  const found = publishedState(sqliteFile);
  if (found === 'yes') return 'published';
  // The name was taken before this move could give it: refused where it is looked at.
  if (record.state === 'publishing' && found !== 'lost') return 'copy';
  throw state(
    'The file that went home is not there any more.',
    sqliteFile,
    'What was written to that file is not in PostgreSQL: put it back. Where it is lost for good, flashcase move abort --accept-loss opens PostgreSQL again as it was.',
  );
}

/** Everything that can be refused before anybody is kept from writing. */
export async function checkSource(
  engine: Engine,
  postgres: Connection,
  where: string,
  options: HomeOptions,
): Promise<HomeSource> {
  refuseTaken(options.sqliteFile);
  refuseNetworkFileSystem(options.sqliteFile);
  return inTransaction(
    postgres,
    async () => {
      const source = await inspectSource(engine, postgres, where, options);
      options.events.phase('judge', 'judging every value');
      const findings = await judgeSource(postgres, options.tables, source, () => {});
      refuseFindings(openFindings(findings, options.isLeavingUnknown === true), where);
      for (const { name, rows } of source.unknown) options.events.note(`${name} (${rows} rows) stays in PostgreSQL.`);
      for (const line of source.leftBehind) options.events.note(`The file will not have: ${line}`);
      if (source.setAside > 0)
        options.events.note(`${source.setAside} rows an earlier move set aside stay in flashcase_move.quarantine of PostgreSQL.`);
      return source;
    },
    SNAPSHOT,
  );
}

/** Fences PostgreSQL; the servers that still run are the operator's word. */
async function begin(postgres: Connection, where: string, options: HomeOptions): Promise<HomeRecord> {
  if (options.isFencing !== true) refuseOthers(await otherSessions(postgres), where);
  const gate = await options.gate.read?.(postgres);
  if (gate !== undefined && gate.state !== 'open')
    throw state(
      gate.state === 'moved'
        ? 'The data of this database has been moved elsewhere.'
        : 'The gate of this database is held by a switch.',
      where,
      'flashcase move status says where the data is.',
    );
  options.events.phase('fence', 'closing PostgreSQL for writes');
  const record = await raiseFence(postgres, options, `mv-${options.newId()}`, (gate?.epoch ?? FIRST_EPOCH) + 1);
  return record;
}

export function refuseDifferences(verdict: Omit<Verdict, 'runId'>, where: string): void {
  if (verdict.isEqual) return;
  const shown = verdict.tables
    .flatMap(({ differences }) => differences)
    .slice(0, 5)
    .map(({ table, key, column, source, target, why }) => `${table} ${key}, ${column}: sqlite ${source}, pg ${target} (${why})`);
  throw new FlashcaseError('FC_MOVE_FAILED', {
    what: `The file is not what PostgreSQL is: ${[...shown, ...verdict.schemaDifferences, ...verdict.sequenceProblems].slice(0, 8).join('; ')}.`,
    where,
    why: 'The file did not get its name, and PostgreSQL is as it was.',
    hint: 'Was PostgreSQL written past its fence meanwhile? Run the command again; if it comes back, please report it.',
    details: { verdict },
  });
}

export function refuseMissing(accounts: readonly HomeAccount[]): void {
  const wrong = accounts.filter(({ rowsIn, rowsOut }) => rowsIn !== rowsOut);
  if (wrong.length === 0) return;
  throw new FlashcaseError('FC_MOVE_FAILED', {
    what: `Rows are missing: ${wrong.map(({ table, rowsIn, rowsOut }) => `${table} ${rowsIn} in, ${rowsOut} out`).join('; ')}.`,
    hint: 'The file did not get its name. Please report this.',
    details: { tables: wrong },
  });
}

/** Makes the file, compares it with PostgreSQL in a later snapshot, and gives it its name. */
async function bringHome(
  postgres: PostgresConnection,
  where: string,
  record: HomeRecord,
  options: HomeOptions,
): Promise<HomeResult> {
  const { sqliteFile, events } = options;
  const partial = partialOf(sqliteFile);
  const started = performance.now();
  await recordFenced(postgres);
  events.phase('copy', 'copying rows');
  const tables = await inTransaction(
    postgres,
    () => makeFile(postgres, partial, where, options, (sqlite) => openFile(sqlite, options, record)),
    SNAPSHOT,
  );
  refuseMissing(tables);
  await options.onStep?.('made');
  const made = performance.now();
  const verdict = await compareHome(postgres, partial, options);
  refuseDifferences(verdict, where);
  const isParanoid = options.isParanoid === true;
  if (isParanoid) refuseDifferences(await compareHome(postgres, partial, options, { isParanoid: true }), where);
  await options.onStep?.('verified');
  const result: HomeResult = {
    runId: record.runId,
    file: sqliteFile,
    sha256: await hashFile(partial),
    tables,
    digests: Object.fromEntries(verdict.tables.map(({ table, digests }) => [table, digests])),
    isParanoid,
    seconds: { copy: (made - started) / 1000, verify: (performance.now() - made) / 1000 },
  };
  const left = SERVERS_LOOK_MS - (performance.now() - started);
  if (options.isFencing === true && left > 0) await delay(left);
  options.signal?.throwIfAborted();
  await recordPublishing(postgres, JSON.stringify(result));
  await options.onStep?.('publishing');
  publish(sqliteFile);
  await options.onStep?.('named');
  return result;
}

/** A run that ends by an error gives PostgreSQL back at once: users do not wait for the operator. */
async function giveUp(postgres: Connection, options: HomeOptions): Promise<void> {
  const record = await readHome(postgres);
  // The file may have got its name: then it is the primary, and the same command goes on.
  if (record === undefined || (record.state !== 'fenced' && publishedState(options.sqliteFile) === 'yes')) return;
  removeDatabase(partialOf(options.sqliteFile));
  await liftFence(postgres, options, record);
}

/**
 * Brings an installation home from PostgreSQL to a new SQLite file. PostgreSQL refuses writes from the begin on, and stays as it is; the file gets its
 * name only when it is complete, equal and on the disk. An error opens PostgreSQL again. Killed anywhere, the same call goes on: it makes the file anew,
 * or finds that it has its name.
 */
export async function runHome(options: HomeOptions): Promise<HomeRun> {
  const engine = openTarget(options.postgresUrl);
  const where = locationOf(options.postgresUrl);
  try {
    return await engine.dedicated(async (connection) => {
      await lockTarget(connection, where);
      await refuseUnfit(connection, where, options);
      const postgres = connection as PostgresConnection;
      const existing = await readHome(postgres);
      if (existing !== undefined && standingOf(existing, options) === 'published') {
        forgetPartial(options.sqliteFile);
        await leave(postgres, options, existing);
        return { ...(JSON.parse(existing.result ?? '{}') as HomeResult), wasDone: true };
      }
      if (existing !== undefined) options.events.note(`The move ${existing.runId} goes on: the file is made anew.`);
      let record = existing;
      try {
        await checkSource(engine, postgres, where, options);
        record ??= await begin(postgres, where, options);
        await options.onStep?.('fenced');
        const result = await bringHome(postgres, where, record, options);
        await leave(postgres, options, record);
        await options.onStep?.('left');
        return { ...result, wasDone: false };
      } catch (error) {
        if (record !== undefined) await giveUp(postgres, options).catch(() => tellFenced(options));
        throw error;
      }
    });
  } finally {
    await engine.close();
  }
}

/** PostgreSQL cannot be reached, for example. */
function tellFenced({ events }: HomeOptions): void {
  events.note('PostgreSQL could not be opened again: it refuses writes. Run the same command again, or flashcase move abort.');
}

export interface HomeAborted {
  readonly runId: string | undefined;
  readonly file: string | undefined;
}

/**
 * Opens PostgreSQL again after a run that was killed, and removes what it made. Refuses once the file has its name: it is the primary, and has what was
 * written since.
 * @param isLossAccepted where a file that had its name is gone for good.
 */
export async function abortHome(options: Omit<HomeOptions, 'sqliteFile'>, isLossAccepted: boolean): Promise<HomeAborted> {
  const engine = openTarget(options.postgresUrl);
  const where = locationOf(options.postgresUrl);
  try {
    return await engine.dedicated(async (postgres) => {
      await lockTarget(postgres, where);
      const record = await readHome(postgres);
      if (record === undefined) return { runId: undefined, file: undefined };
      const { file, runId } = record;
      const found = publishedState(file);
      const wasNamed = record.state === 'published' || (record.state === 'publishing' && (found === 'yes' || found === 'lost'));
      if (wasNamed && found !== 'lost')
        throw state(
          'The file has its name, and is the primary: this move home is over.',
          file,
          'To go to PostgreSQL again, move to a new database: flashcase move start --to URL.',
        );
      if (wasNamed && !isLossAccepted)
        throw state(
          'The file that went home is not there. What was written to it is not in PostgreSQL.',
          file,
          'Put it back, or look for it on the machine it went to. Where it is lost for good: flashcase move abort --accept-loss.',
        );
      if (!wasNamed) removeDatabase(partialOf(file));
      await liftFence(postgres, { ...options, sqliteFile: file }, record);
      return { runId, file };
    });
  } finally {
    await engine.close();
  }
}
