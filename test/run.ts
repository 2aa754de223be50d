import { spawn } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPgbouncer, startPostgres, type TestServer } from './support/servers.ts';

/**
 * Runs the tests: `node test/run.ts [--long] [files or folders]`.
 * Starts PostgreSQL 18 (npm), and PostgreSQL 15 and PgBouncer where FLASHCASE_PG15_BIN and FLASHCASE_PGBOUNCER name them; passes
 * their URLs on as FLASHCASE_TEST_*. With CI=true each of them must be there.
 */
const root = resolve(fileURLToPath(import.meta.url), '../..');
const args = process.argv.slice(2);
const isLong = args.includes('--long');
const chosen = args.filter((arg) => !arg.startsWith('--'));
const runnerFlags = args.filter((arg) => arg.startsWith('--test-'));

function testFiles(): string[] {
  const inFolder = (folder: string): string[] => globSync('**/*.test.ts', { cwd: folder }).map((file) => join(folder, file));
  if (chosen.length > 0) return chosen.flatMap((path) => (statSync(path).isDirectory() ? inFolder(path) : [path]));
  return inFolder(join(root, 'test')).filter((file) => isLong || !relative(root, file).startsWith(join('test', 'long')));
}

function run(command: string, commandArgs: readonly string[], env: Record<string, string> = {}): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn(command, commandArgs, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
    child.on('error', failed);
    child.on('exit', (code) => done(code ?? 1));
  });
}

const { FLASHCASE_PG15_BIN: pg15Bin, FLASHCASE_PGBOUNCER: pgbouncer, CI } = process.env;
const servers: TestServer[] = [];
let exitCode = 1;
try {
  if (chosen.length === 0) {
    const checked = await run(process.execPath, [join(root, 'scripts/check.ts')]);
    if (checked !== 0) {
      console.error('npm run check failed (see above); the tests were not run.');
      process.exit(checked);
    }
  }
  if (CI === 'true') {
    for (const [name, path] of Object.entries({ FLASHCASE_PG15_BIN: pg15Bin, FLASHCASE_PGBOUNCER: pgbouncer })) {
      if (path === undefined || !existsSync(path)) throw new Error(`CI must run on every server, but ${name} does not name one.`);
    }
  }
  const newest = await startPostgres();
  servers.push(newest);
  const env: Record<string, string> = { FLASHCASE_TEST_POSTGRES: newest.url };
  if (pg15Bin !== undefined) {
    const oldest = await startPostgres({ bin: pg15Bin });
    servers.push(oldest);
    env.FLASHCASE_TEST_POSTGRES_15 = oldest.url;
  }
  if (pgbouncer !== undefined) {
    const pooler = await startPgbouncer({ binary: pgbouncer, target: newest.url });
    servers.unshift(pooler);
    env.FLASHCASE_TEST_PGBOUNCER = pooler.url;
  }
  exitCode = await run(
    process.execPath,
    ['--test', '--test-concurrency=2', '--test-timeout=300000', ...runnerFlags, ...testFiles()],
    env,
  );
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
} finally {
  for (const server of servers) await server.stop();
}
process.exitCode = exitCode;
