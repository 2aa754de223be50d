import { type ChildProcess, spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type CitusCluster, startCitus } from './support/citus.ts';
import { createDatabase, PATTERN } from './support/database.ts';
import { startPgbouncer, startPostgres, type TestServer } from './support/servers.ts';

/**
 * Runs the tests: `node test/run.ts [--long] [files or folders]`. Without words, and outside of CI, all but the slow files.
 * Starts PostgreSQL 18 (npm), and PostgreSQL 15 and PgBouncer where FLASHCASE_PG15_BIN and FLASHCASE_PGBOUNCER name them; passes
 * their URLs on as FLASHCASE_TEST_*. With CI=true or FLASHCASE_REQUIRE=all a test fails for each that is not there. A long run has a
 * Citus cluster besides, where FLASHCASE_CITUS names the script that starts one.
 */
const root = resolve(fileURLToPath(import.meta.url), '../..');
const args = process.argv.slice(2);
const isLong = args.includes('--long');
const chosen = args.filter((arg) => !arg.startsWith('--'));
const runnerFlags = args.filter((arg) => arg.startsWith('--test-'));

/** The first line of a file whose tests take long: `npm test` leaves it out, CI runs it. */
const SLOW = '// slow\n';

/** The files to run, and how many slow ones are left out. Files that were named, CI and a long run leave out none. */
function testFiles(): { readonly files: readonly string[]; readonly slow: number } {
  const inFolder = (folder: string): string[] => globSync('**/*.test.ts', { cwd: folder }).map((file) => join(folder, file));
  const isInLong = (path: string): boolean =>
    `${relative(root, resolve(root, path))}${sep}`.startsWith(join('test', 'long', sep));
  const all = (chosen.length > 0 ? chosen : [join(root, 'test')]).flatMap((path) =>
    statSync(path).isDirectory() ? inFolder(path).filter((file) => isLong || isInLong(path) || !isInLong(file)) : [path],
  );
  if (chosen.length > 0 || isLong || process.env.CI === 'true') return { files: all, slow: 0 };
  const files = all.filter((file) => !readFileSync(file, 'utf8').startsWith(SLOW));
  return { files, slow: all.length - files.length };
}

/** Besides what is printed: how long each file took, where FLASHCASE_FILE_TIMES says. */
function timesReporter(): string[] {
  const { FLASHCASE_FILE_TIMES: destination } = process.env;
  if (destination === undefined) return [];
  const reporters = [
    ['spec', 'stdout'],
    [pathToFileURL(join(root, 'test/support/file-times.ts')).href, destination],
  ] as const;
  return reporters.flatMap(([reporter, to]) => [`--test-reporter=${reporter}`, `--test-reporter-destination=${to}`]);
}

let running: ChildProcess | undefined;
let isInterrupted = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  // The servers outlive this process unless it stays to stop them.
  process.on(signal, () => {
    isInterrupted = true;
    running?.kill(signal);
  });
}

function run(command: string, commandArgs: readonly string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((done, failed) => {
    if (isInterrupted) return done(1);
    const child = spawn(command, commandArgs, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    running = child;
    child.on('error', failed);
    child.on('exit', (code) => done(code ?? 1));
  });
}

/** Keeps a server to be stopped, also when another one fails to start. */
async function keep(starting: Promise<TestServer>): Promise<TestServer> {
  const server = await starting;
  servers.push(server);
  return server;
}

async function startServers(): Promise<Record<string, string>> {
  const { FLASHCASE_PG15_BIN: pg15Bin, FLASHCASE_PGBOUNCER: pgbouncer } = process.env;
  const started = await Promise.allSettled([
    keep(startPostgres()),
    pg15Bin === undefined ? undefined : keep(startPostgres({ bin: pg15Bin })),
  ]);
  const [newest, oldest] = started.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
  const pooler =
    pgbouncer === undefined ? undefined : await keep(startPgbouncer({ binary: pgbouncer, target: (newest as TestServer).url }));
  if (isLong && process.env.FLASHCASE_CITUS !== undefined) citus = await startCitus();
  return {
    ...(await makePatterns([newest, oldest])),
    FLASHCASE_TEST_POSTGRES: (newest as TestServer).url,
    ...(oldest === undefined ? {} : { FLASHCASE_TEST_POSTGRES_15: oldest.url }),
    ...(pooler === undefined ? {} : { FLASHCASE_TEST_PGBOUNCER: pooler.url }),
    ...(citus === undefined ? {} : { FLASHCASE_TEST_CITUS: citus.folder }),
  };
}

/**
 * Databases with today's tables, to be copied: made by every test for itself, those of PostgreSQL took 0.4 s of its processor time each, besides the server's. Where the tables cannot be
 * made there are none, and the tests say why.
 */
async function makePatterns(started: readonly (TestServer | undefined)[]): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-pattern-'));
  patterns.push(folder);
  const file = join(folder, 'flashcase.db');
  try {
    const { openFresh } = await import('./support/fresh.ts');
    await (await openFresh({ url: `sqlite:///${file}` })).close();
    for (const server of started) {
      if (server === undefined) continue;
      const place = await createDatabase(server.url, undefined, PATTERN);
      await (await openFresh(place)).close();
    }
    return { FLASHCASE_TEST_PATTERN: file };
  } catch (error) {
    console.error(`Tests make their tables themselves: ${error instanceof Error ? error.message : String(error)}`);
    return {};
  }
}

const servers: TestServer[] = [];
let citus: CitusCluster | undefined;
const patterns: string[] = [];
let exitCode = 1;
try {
  const { files, slow } = testFiles();
  const isChecked = chosen.length > 0 || (await run(process.execPath, [join(root, 'scripts/check.ts')])) === 0;
  if (isChecked) {
    const runner = [
      '--test',
      '--test-concurrency=2',
      '--test-timeout=300000',
      ...(isLong ? [] : [`--import=${pathToFileURL(join(root, 'test/support/fixed-seed.ts'))}`]),
      ...timesReporter(),
      ...runnerFlags,
      ...files,
    ];
    exitCode = await run(process.execPath, runner, {
      ...(await startServers()),
      ...(isLong ? { FLASHCASE_TEST_ENGINES: 'all' } : {}),
    });
    if (slow > 0)
      console.log(`Not run: ${slow} files of slow tests (kills, whole moves, the page). CI=true npm test runs everything.`);
  } else {
    console.error('npm run check failed (see above); the tests were not run.');
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
} finally {
  // The pooler before the server behind it.
  for (const server of servers.toReversed()) await server.stop();
  await citus?.stop();
  for (const folder of patterns) rmSync(folder, { recursive: true, force: true });
}
process.exitCode = exitCode;
