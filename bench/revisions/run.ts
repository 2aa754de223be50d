/**
 * What the revision engine costs, beside the bare statements and beside Alembic, in one run on one machine.
 * usage: node bench/revisions/run.ts [--rounds 5] [--rows 1000000] [--engines sqlite,postgres] [--python /usr/bin/python3] [--out FILE]
 * Prints a Markdown table: medians, and the best of each, since what a machine does beside it only ever adds. Trust the ratios.
 */
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { systemClock } from '../../src/db/clock.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { checkDatabase } from '../../src/revisions/check.ts';
import { createFresh } from '../../src/revisions/fresh.ts';
import { fileNameOf } from '../../src/revisions/pending.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { writeIndex } from '../../src/revisions/source/write-files.ts';
import { schema } from '../../src/schema/index.ts';
import { openEngine } from '../../test/engine/open.ts';
import { createDatabase, type Place } from '../../test/support/database.ts';
import { startPostgres } from '../../test/support/servers.ts';
import { alembicVersion, runAlembic, writeAlembicProject } from './alembic.ts';
import { historyOf, idOf, modelOf } from './history.ts';
import { writeOwnProject } from './own-project.ts';
import { generateParcels, rebuildBare, rebuildWithProof } from './rebuild.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    rows: { type: 'string', default: '1000000' },
    engines: { type: 'string', default: 'sqlite,postgres' },
    python: { type: 'string', default: '/usr/bin/python3' },
    out: { type: 'string' },
  },
});
const rounds = Number(options.rounds);
const TABLES = 60;
const folder = mkdtempSync(join(tmpdir(), 'flashcase-bench-'));
const results: { what: string; ms: number; beside: string; reach: string; all: number[] }[] = [];

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] as number;
const inMs = (ms: number): string => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
const times = (a: number, b: number): string => `${(a / b).toFixed(2)} x`;

function tell(what: string, all: number[], beside = '', reach = ''): number {
  const ms = median(all);
  results.push({ what, ms, beside, reach, all });
  process.stderr.write(`${what}: ${inMs(ms)} ${beside}\n`);
  return ms;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Every contender once in each round, so that a slow moment meets all of them. One round before the first warms up. */
async function inTurn(contenders: Readonly<Record<string, () => Promise<number>>>): Promise<Record<string, number[]>> {
  const all: Record<string, number[]> = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++)
    for (const [name, run] of Object.entries(contenders)) {
      const ms = await run();
      if (round > 0) all[name]?.push(ms);
    }
  return all;
}

const server = options.engines.includes('postgres') ? await startPostgres() : undefined;
let files = 0;
/** A new database: empty, or copied as a test suite does it: the file on SQLite, the database by the server on PostgreSQL. */
async function fresh(name: string, pattern?: Place): Promise<Place> {
  if (name !== 'sqlite') return createDatabase((server as { url: string }).url, pattern);
  const place = { url: `sqlite:///${join(folder, `fresh-${files++}.db`)}`, drop: async () => {} };
  const path = (of: Place): string => of.url.slice('sqlite:///'.length);
  if (pattern !== undefined) copyFileSync(path(pattern), path(place));
  return place;
}

async function on<T>(place: Place, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = openEngine(place, { schema: schema({}) });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

const clock = systemClock();
/** As a process that has just started sees them: nothing about them is remembered. */
const unseen = (history: readonly Revision[]): Revision[] => history.map((revision) => ({ ...revision }));

async function measureStart(name: string): Promise<void> {
  const history = historyOf(TABLES, 1000);
  const place = await fresh(name);
  await on(place, (engine) => createFresh({ engine, revisions: history, clock }));
  const { start } = await inTurn({
    start: () =>
      on(place, (engine) => {
        const revisions = unseen(history);
        return timed(() => upgrade({ engine, revisions, clock }));
      }),
  });
  tell(`no-op start, 1,000 revisions, ${name}`, start as number[], '', '< 50 ms');
  await place.drop();
}

/** A database with this history's schema, until its first query may come: replayed, made at once, or copied from one made before. */
async function measureFresh(name: string, count: number): Promise<void> {
  const history = historyOf(TABLES, count);
  const ready = async (place: Place, by: typeof upgrade): Promise<void> => {
    await on(place, (engine) => by({ engine, revisions: unseen(history), clock }));
  };
  const make = (by: typeof upgrade) => async (): Promise<number> => {
    const place = await fresh(name);
    try {
      return await timed(() => ready(place, by));
    } finally {
      await place.drop();
    }
  };
  const pattern = await fresh(name);
  await ready(pattern, createFresh);
  const copied = async (): Promise<number> => {
    const started = performance.now();
    const place = await fresh(name, pattern);
    try {
      await ready(place, upgrade);
      return performance.now() - started;
    } finally {
      await place.drop();
    }
  };
  const all = await inTurn({ atOnce: make(createFresh), copied });
  const what = `fresh database, ${TABLES} tables, ${count} revisions, ${name}`;
  // Of a long history it would take as long as everything else together.
  const replayed = count > TABLES ? undefined : tell(`${what}: replayed`, [await make(upgrade)()]);
  for (const [way, ms] of [
    ['made at once', all.atOnce],
    ['copied from one made before', all.copied],
  ] as const)
    tell(
      `${what}: ${way}`,
      ms as number[],
      replayed === undefined ? '' : `${times(replayed, median(ms as number[]))} faster`,
      '< 100 ms',
    );
  await pattern.drop();
}

async function measureCheck(name: string): Promise<void> {
  const history = historyOf(TABLES, TABLES);
  const model = modelOf(history, false);
  const place = await fresh(name);
  await on(place, async (engine) => {
    await createFresh({ engine, revisions: history, clock });
    const { check } = await inTurn({
      check: () =>
        timed(() =>
          engine.dedicated(async (connection) => {
            const report = await checkDatabase(connection, engine, { schema: model, revisions: history });
            if (!report.isEqual) throw new Error(`the database is not what its revisions say: ${JSON.stringify(report)}`);
          }),
        ),
    });
    tell(`check of ${TABLES} tables, with orphans and integrity, ${name}`, check as number[], '', '< 100 ms');
  });
  await place.drop();
}

async function measureRebuild(): Promise<void> {
  const file = join(folder, 'parcels.db');
  await generateParcels(file, Number(options.rows));
  const all = await inTurn({
    bare: () => rebuildBare(file, folder),
    proved: () => rebuildWithProof(file, folder),
  });
  const bare = tell(`rebuild of ${options.rows} rows, bare statements`, all.bare as number[]);
  const proved = median(all.proved as number[]);
  tell(`rebuild of ${options.rows} rows, with the proof`, all.proved as number[], `${times(proved, bare)} the bare`, '<= 1.5 x');
}

async function measureBesideAlembic(): Promise<void> {
  const version = alembicVersion(options.python);
  const history = historyOf(TABLES, 100);
  const own = join(folder, 'own');
  const other = join(folder, 'alembic');
  const ownFile = join(folder, 'own.db');
  const otherFile = join(folder, 'alembic.db');
  await writeOwnProject(own, history, modelOf(history, true));
  writeAlembicProject(other, otherFile, history, modelOf(history, true));
  const once = fileURLToPath(new URL('./once.ts', import.meta.url));
  const ours = (command: string) => (): Promise<number> =>
    timed(() =>
      promisify(execFile)(process.execPath, [once, command, own, ownFile], {
        env: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
      }),
    );
  const anew = (file: string): void => {
    for (const end of ['', '-wal', '-shm']) rmSync(file + end, { force: true });
  };
  const theirs =
    (...args: string[]) =>
    (): Promise<number> =>
      timed(() => runAlembic(options.python, other, ...args));
  let made = 0;
  for (const [what, ourRun, theirRun] of [
    [
      'upgrade of 100 revisions, whole process',
      () => {
        anew(ownFile);
        return ours('upgrade')();
      },
      () => {
        anew(otherFile);
        return theirs('upgrade', 'head')();
      },
    ],
    ['current at head, whole process', ours('current'), theirs('current')],
    [
      `autogenerate of ${TABLES} tables, whole process`,
      async () => {
        const ms = await ours('autogenerate')();
        rmSync(join(own, 'versions', fileNameOf({ id: idOf(history.length), name: 'made' })));
        await writeIndex(join(own, 'versions'));
        return ms;
      },
      async () => {
        const name = `made_${made++}`;
        const ms = await theirs('revision', '--autogenerate', '-m', name, '--rev-id', name)();
        rmSync(join(other, 'migrations/versions', `${name}_${name}.py`));
        return ms;
      },
    ],
  ] as const) {
    if (version === undefined) {
      const { us } = await inTurn({ us: ourRun });
      tell(what, us as number[], `Alembic: not run (${options.python} has none)`);
      continue;
    }
    const all = await inTurn({ us: ourRun, them: theirRun });
    const them = tell(`${what}, ${version}`, all.them as number[]);
    tell(what, all.us as number[], `${times(them, median(all.us as number[]))} faster than Alembic`);
  }
}

try {
  for (const name of options.engines.split(',')) {
    await measureStart(name);
    await measureFresh(name, TABLES);
    await measureFresh(name, 1000);
    await measureCheck(name);
  }
  await measureRebuild();
  await measureBesideAlembic();
  console.log(`\n${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}; medians of ${rounds} rounds\n`);
  console.log('| What | Median | Best | Beside | To reach |\n|---|---:|---:|---|---|');
  for (const { what, ms, all, beside, reach } of results)
    console.log(`| ${what} | ${inMs(ms)} | ${inMs(Math.min(...all))} | ${beside} | ${reach} |`);
  if (options.out !== undefined) writeFileSync(options.out, JSON.stringify(results, null, 1));
} finally {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}
