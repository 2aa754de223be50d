import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../db/clock.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { ddl, keyOf } from '../../engine/postgres/ddl.ts';
import { readMonthTable } from '../../engine/postgres/months.ts';
import { PARTITION_SCHEMA } from '../../engine/schema-form.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { inTransaction } from '../../move/target/connect.ts';
import { type RevisionSession, withRevisionLock } from '../../revisions/lock.ts';
import { thisProcess } from '../../revisions/progress.ts';
import type { Project } from '../../revisions/project.ts';
import { type Month, monthAfter, monthOf, monthsBetween, startOfMonth } from '../../schema/month.ts';
import { addMonths } from './add-months.ts';
import { coverNewPartitions, installCapture } from './capture.ts';
import { carryCopied, carryKeys, carryMost, copyRange, differs } from './carry.ts';
import { compareTables } from './compare.ts';
import { type Exchanged, exchange, type OnExchangeStep } from './exchange.ts';
import { makeTable } from './make-table.ts';
import { MONTHS_AHEAD, namesOf, OLDEST_MONTHS, type Partitioned, type StorageForm } from './partitioned.ts';
import { addReferences } from './references.ts';
import { ownerOf, refuseOtherEngine, refuseUnfit } from './refuse-unfit.ts';
import { removeBuild } from './remove-build.ts';
import { type Build, insertBuild, readBuild, setBuildState, stateSql } from './state.ts';
import { whenFree } from './when-free.ts';

/** Each is told when what it names is committed. */
export type BuildStep =
  | 'made'
  | 'copying'
  | 'range'
  | 'copied'
  | 'referenced'
  | 'verified'
  | 'held'
  | 'drained'
  | 'swapped'
  | 'cleared';

export interface BuildOptions {
  readonly engine: Engine;
  readonly project: Project;
  readonly clock: Clock;
  readonly partitioned: Partitioned;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly onStep?: ((step: BuildStep) => void | Promise<void>) | undefined;
}

export interface Built {
  /** `was there`: the table is stored so already. `given up`: one that was under way the other way is. `done`: it is now. */
  readonly outcome: 'was there' | 'given up' | 'done';
  readonly form: StorageForm;
  /** Of the exchange, where this call made it. */
  readonly exchanged?: Exchanged | undefined;
  readonly rows?: number | undefined;
}

/** The copy works half of the time: users are served in between. */
const LONGEST_REST_MS = 1000;

/** The months there are to be from the beginning: from the first one with a row that may have one, to those ahead. */
async function monthsOf(connection: Connection, { partitioned, clock }: BuildOptions, begins: Month): Promise<Month[]> {
  const now = monthOf(clock.now());
  const time = ddl.quote(partitioned.column);
  const [row] = await connection.query(
    `SELECT to_char(min(${time}) AT TIME ZONE 'UTC', 'YYYY-MM') AS p_first FROM ${namesOf(partitioned).live} WHERE ${time} >= $1::timestamptz`,
    [startOfMonth(begins)],
  );
  const first = (row?.p_first as Month | null) ?? now;
  return monthsBetween([first, now].toSorted()[0] as Month, monthAfter(now, MONTHS_AHEAD));
}

async function begin(
  session: RevisionSession,
  { engine, project, clock, partitioned }: BuildOptions,
  target: StorageForm,
): Promise<void> {
  const { connection } = session;
  await refuseUnfit(connection, engine, project, partitioned);
  const key = keyOf(partitioned.table);
  const columns = key.map((name) => `${ddl.quote(name)} ${ddl.columnType(partitioned.table, name)} NOT NULL`);
  await inTransaction(connection, async () => {
    await connection.script(stateSql(key.map(ddl.quote).join(', '), columns.join(', ')));
    await makeTable(connection, partitioned, target, monthAfter(monthOf(clock.now()), -OLDEST_MONTHS));
    await insertBuild(connection, target, thisProcess());
  });
}

/** One step after the other, each committed with the state it leads to; begun again, it goes on at the one that was not. */
async function goOn(
  session: RevisionSession,
  owner: string,
  options: BuildOptions,
  build: Build,
): Promise<Pick<Built, 'exchanged' | 'rows'>> {
  const { connection } = session;
  const { partitioned, engine, say, signal, onStep } = options;
  const { target } = build;
  let { state, copiedTo, copiedRows: rows } = build;
  let exchanged: Exchanged | undefined;
  const reach = async (next: Build['state']): Promise<void> => {
    await setBuildState(connection, next);
    state = next;
    await onStep?.(next);
  };
  const stop = (): void => {
    if (signal?.aborted !== true) return;
    throw new FlashcaseError('FC_REVISION_STOPPED', {
      what: 'Stopped as asked; what was built so far stays, and writes go on being noted.',
      hint: 'Type the same command again: it goes on where it stopped. Or give it up: flashcase db partition undo.',
    });
  };
  if (state === 'made') {
    const place = { name: partitioned.table.name, schemaName: PARTITION_SCHEMA };
    const table = await readMonthTable(connection, place.name, place.schemaName);
    if (table !== undefined) {
      const months = await monthsOf(connection, options, table.begins);
      say(`making ${months.length} months`);
      await addMonths(connection, place, months);
    }
    await whenFree(connection, async () => {
      await installCapture(connection, partitioned, target);
      await setBuildState(connection, 'copying');
    });
    state = 'copying';
    await onStep?.('copying');
  }
  if (state === 'copying') {
    say(`copying ${partitioned.table.name}`);
    for (;;) {
      stop();
      const began = performance.now();
      const copied = await copyRange(connection, partitioned, target, copiedTo);
      if (copied === undefined) break;
      rows += copied.rows;
      copiedTo = copied.to;
      await onStep?.('range');
      await carryKeys(connection, partitioned, target, true);
      say(`${rows} rows copied`);
      await delay(Math.min(performance.now() - began, LONGEST_REST_MS));
    }
    await reach('copied');
  }
  if (state === 'copied') {
    await carryMost(connection, partitioned, target);
    await carryCopied(connection, partitioned, target);
    say('proving the references');
    await addReferences(connection, partitioned, target);
    await reach('referenced');
  }
  if (state === 'referenced') {
    stop();
    await coverNewPartitions(connection, partitioned);
    await carryMost(connection, partitioned, target);
    say('comparing every row');
    await connection.script(`ANALYZE ${namesOf(partitioned).made}`);
    const { differences } = await compareTables(connection, partitioned, () => stop());
    if (differences.length > 0) throw differs(partitioned, differences);
    await reach('verified');
  }
  if (state === 'verified') {
    if ((await coverNewPartitions(connection, partitioned)) > 0) {
      // A partition could have been truncated before it was covered: compared again.
      await setBuildState(connection, 'referenced');
      return goOn(session, owner, options, { ...build, state: 'referenced' });
    }
    say('exchanging the tables');
    const step: OnExchangeStep | undefined = onStep;
    exchanged = await exchange({ engine, connection, owner, partitioned, form: target, onStep: step, signal, say });
    await onStep?.('swapped');
  }
  await removeBuild(connection, partitioned, 'before');
  await onStep?.('cleared');
  return { exchanged, rows };
}

/**
 * Brings the table into a storage form, online: built anew beside itself, copied, compared, exchanged. Killed anywhere, the same call goes on. A build
 * the other way that did not exchange the tables yet is given up; one that did is brought to its end first.
 * Throws `FC_PARTITION_UNFIT`, `FC_PARTITION_DIFFERS`, `FC_PARTITION_BLOCKED`, and what `withRevisionLock` throws.
 */
export async function storeAs(options: BuildOptions, form: StorageForm): Promise<Built> {
  const { engine, clock, partitioned } = options;
  refuseOtherEngine(engine, partitioned);
  return withRevisionLock(
    engine,
    {
      clock,
      isPartitioning: true,
      command: `flashcase db partition ${form === 'months' ? 'run' : 'undo'}`,
      onWait: options.say,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
    async (session): Promise<Built> => {
      const { connection } = session;
      // Compiling a plan of many months takes longer than running it.
      await connection.script('SET jit = off');
      const owner = await ownerOf(connection, partitioned, engine.location);
      await connection.query("SELECT set_config('role', $1, false)", [owner]);
      let build = await readBuild(connection);
      if (build !== undefined && build.target !== form) {
        if (build.state !== 'swapped') {
          await removeBuild(connection, partitioned, 'made');
          return { outcome: 'given up', form };
        }
        await removeBuild(connection, partitioned, 'before');
        build = undefined;
      }
      if (build === undefined) {
        const isByMonths = (await readMonthTable(connection, partitioned.table.name)) !== undefined;
        if (isByMonths === (form === 'months')) return { outcome: 'was there', form };
        await begin(session, options, form);
        await options.onStep?.('made');
        build = (await readBuild(connection)) as Build;
      }
      return { outcome: 'done', form, ...(await goOn(session, owner, options, build)) };
    },
  );
}
