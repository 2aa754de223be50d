/**
 * The live move, shown: a database of the original app, two servers, students who study without a break, and every command an operator types.
 * usage: npm run demo:move -- [--students 12] [--seconds 8] [--keep]
 * At the end every acknowledged write is looked for in PostgreSQL. `--seconds` is the time to study between two commands.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/db/clock.ts';
import { openDatabase } from '../src/db/database.ts';
import { childEnv } from '../test/support/child-env.ts';
import { settingsFor } from '../test/support/fresh.ts';
import { Journal } from '../test/support/journal.ts';
import { ledgerViolations, ledgerViolationsOverHttp } from '../test/support/ledger-check.ts';
import { LedgerClient, LedgerCounts } from '../test/support/ledger-clients.ts';
import { writeLegacyFile } from '../test/support/legacy.ts';
import { seededRandom } from '../test/support/load.ts';
import { populate } from '../test/support/load-population.ts';
import { ServerProcess } from '../test/support/load-server.ts';
import { startPostgres } from '../test/support/servers.ts';
import { showPicture } from './page.ts';
import { Picture } from './picture.ts';

const { values: options } = parseArgs({
  options: {
    students: { type: 'string', default: '12' },
    seconds: { type: 'string', default: '8' },
    keep: { type: 'boolean', default: process.stdout.isTTY === true },
  },
});
const students = Number(options.students);
const entry = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
/** Between two answers of a student, in milliseconds: they read. */
const THINK_MS = 40;
/** Given up in time on a machine with too much to do: typed again. */
const GIVEN_UP = 4;
const TRIES = 5;

const folder = mkdtempSync(join(tmpdir(), 'flashcase-demo-'));
const file = join(folder, 'flashcase.db');
const ending: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
const isLive = process.stdout.isTTY === true;
const dim = (text: string): string => (isLive ? `\x1b[2m${text}\x1b[22m` : text);
const bold = (text: string): string => (isLive ? `\x1b[1m${text}\x1b[22m` : text);

let status = '';
/** Prints above the line that shows the students. */
function say(text: string): void {
  process.stdout.write(isLive ? `\r\x1b[K${text}\n${status}` : `${text}\n`);
}

/** Types a command in the folder of the installation. @returns what it printed. Throws when it fails. */
async function type(title: string, args: readonly string[], shown: string): Promise<string> {
  say(`\n${bold(title)}\n$ flashcase ${shown}`);
  for (let tries = 1; ; tries++) {
    picture?.mark(args[1] ?? '');
    const child = spawn(process.execPath, [entry, ...args], { cwd: folder, env: childEnv() });
    let printed = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const code = await new Promise<number>((done) => child.on('close', (ended) => done(ended ?? -1)));
    say(dim((code === 0 ? printed : errors + printed).trimEnd().replaceAll(/^/gm, '  ')));
    if (code === 0) return printed;
    if (code !== GIVEN_UP || tries === TRIES) throw new Error(`flashcase ${shown} ended with ${code}`);
    await delay(500);
  }
}

let picture: Picture | undefined;

async function show(): Promise<boolean> {
  writeLegacyFile(2, file);
  writeFileSync(join(folder, '.env'), `DATABASE_URL=sqlite:///${file}\nLOG_LEVEL=error\n`);
  await type('A database of the original app', ['db', 'adopt'], 'db adopt');
  const sqlite = openDatabase(settingsFor({ url: `sqlite:///${file}` }), systemClock());
  const population = await populate(sqlite, { students, deckSizes: [20] });
  await sqlite.close();

  const postgres = await startPostgres({ fsync: true });
  ending.unshift(() => postgres.stop());
  const servers: ServerProcess[] = [];
  for (let i = 0; i < 2; i++) servers.push(await ServerProcess.start({ url: `sqlite:///${file}` }, { folder }));
  ending.unshift(() => Promise.all(servers.map((server) => server.end('SIGTERM'))));
  const base = (server: number): string => (servers[server % servers.length] as ServerProcess).base;

  const counts = new LedgerCounts();
  const shown = new Picture(() => counts.failed.length);
  picture = shown;
  counts.onAnswer = (took) => shown.answered(took);
  const page = await showPicture(shown, { app: base(0), students });
  ending.unshift(() => {
    shown.stop();
    page.close();
  });
  say(
    `\n${bold('Two servers, one PostgreSQL, and students')}\n  FlashCase: ${base(0)} (student_1, password-1)\n  The picture: ${page.url}`,
  );
  if (isLive)
    shown.watch(() => {
      status = shown.line(students);
      process.stdout.write(`\r\x1b[K${status}`);
    });

  const journal = await Journal.create();
  const stop = new AbortController();
  let sent = 0;
  const studying = population.map((student, number) =>
    new LedgerClient(number, student, seededRandom(number), {
      base: () => base(sent++),
      journal,
      counts,
      think: () => delay(THINK_MS),
    }).run(stop.signal),
  );
  const study = async (): Promise<void> => {
    await delay(Number(options.seconds) * 1000);
    if (!isLive) say(`  ${shown.line(students)}`);
  };
  const pauses: string[] = [];
  const turn = async (title: string, verb: 'cutover' | 'rollback'): Promise<void> => {
    const printed = await type(title, ['move', verb], `move ${verb}`);
    pauses.push(/Writes waited (\d+) ms/.exec(printed)?.[1] ?? '?');
    shown.serving = verb === 'cutover' ? 'PostgreSQL' : 'SQLite';
    await study();
  };

  await study();
  const to = ['--to', postgres.url];
  await type('What can go, and what would have to be decided', ['move', 'plan', ...to], 'move plan --to $TO');
  await type(
    'The whole move, practised with a copy',
    ['move', 'rehearse', ...to, '--users', '4'],
    'move rehearse --to $TO --users 4',
  );
  await type('Copy, then follow', ['move', 'start', ...to], 'move start --to $TO');
  await study();
  await type('Every value of both sides at one moment, while they study', ['move', 'verify'], 'move verify');
  await study();
  await turn('PostgreSQL becomes the primary', 'cutover');
  await type('Where it is', ['move', 'status'], 'move status');
  await turn('Back to the file, with every review written since', 'rollback');
  await turn('And forward again', 'cutover');
  await type('For good', ['move', 'finish', '--yes'], 'move finish --yes');
  await study();
  stop.abort();
  await Promise.all(studying);
  status = '';

  say(`\n${bold('Is everything there?')}`);
  const operations = await journal.operations();
  await journal.close();
  const violations = [...(await ledgerViolationsOverHttp(base(0), population, operations))];
  const moved = openDatabase(settingsFor({ url: postgres.url }), systemClock());
  const ours = new Set(population.map(({ id }) => id));
  violations.push(...(await ledgerViolations(moved, operations, (userId) => ours.has(userId))));
  await moved.close();
  const wrong = [...counts.failed, ...counts.wrong, ...violations];
  say(
    [
      `  ${counts.acknowledged} writes were acknowledged while the data moved three times; each was looked for in PostgreSQL: ${violations.length} lost or doubled.`,
      `  ${shown.samples.at(-1)?.answers ?? 0} answers: ${counts.failed.length} failed, ${counts.wrong.length} wrong, the slowest after ${Math.round(counts.longestMs)} ms. Writes waited ${pauses.join(', ')} ms.`,
      ...wrong.slice(0, 10).map((line) => `  ${line}`),
    ].join('\n'),
  );
  if (options.keep) {
    say(`\n  It goes on serving: ${base(0)}. Ctrl-C ends it.`);
    await new Promise<void>((done) => interrupted.push(done));
  }
  return wrong.length === 0;
}

const interrupted: (() => void)[] = [];
const isStopped = new Promise<boolean>((done) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      for (const end of interrupted) end();
      done(interrupted.length > 0);
    });
});
try {
  if (!(await Promise.race([show(), isStopped]))) process.exitCode = 1;
} catch (error) {
  say(`\n${(error as Error).message}`);
  process.exitCode = 1;
} finally {
  for (const end of ending) await end();
}
process.exit();
