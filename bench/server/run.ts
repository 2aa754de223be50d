/**
 * How fast the server answers, beside a plain handler with the same SQL and the original app's shape, in one run on one machine.
 * usage: node bench/server/run.ts [--seconds 1] [--repeats 3] [--clients 1,16,64] [--engines sqlite,postgres] [--starts 11] [--out FILE]
 * Prints Markdown tables; every figure goes to bench/server/results/*.json as well.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { createDatabase, type Place } from '../../test/support/database.ts';
import { openFresh } from '../../test/support/fresh.ts';
import { populate, type Student } from '../../test/support/load-population.ts';
import { ServerProcess } from '../../test/support/load-server.ts';
import { freePort, startPostgres } from '../../test/support/servers.ts';
import type { Figures, Plan } from './load.child.ts';
import { installPeers, type Peers } from './peers.ts';
import { measureStarts } from './starts.ts';
import { type Measured, printTables } from './tables.ts';

const here = dirname(fileURLToPath(import.meta.url));
const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '1' },
    repeats: { type: 'string', default: '3' },
    clients: { type: 'string', default: '1,16,64' },
    engines: { type: 'string', default: 'sqlite,postgres' },
    starts: { type: 'string', default: '11' },
    out: { type: 'string' },
  },
});
const seconds = Number(options.seconds);
const repeats = Number(options.repeats);
const clientCounts = options.clients.split(',').map(Number);
const scenarios = [
  { name: 'review', kind: 'review', cards: 500 },
  { name: 'session of 20', kind: 'session', cards: 20 },
  { name: 'session of 500', kind: 'session', cards: 500 },
] as const;

/** Runs one load in a process of its own. */
async function load(plan: Plan): Promise<Figures> {
  const child = spawn(process.execPath, [join(here, 'load.child.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(plan));
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`the load ended with ${String(code)}`);
  return JSON.parse(output) as Figures;
}

/** A server under test: FlashCase, or one of what it is compared with. */
interface Contender {
  readonly server: Measured['server'];
  readonly port: number;
  readonly pid: number;
  /** Path before `/session/ID` and `/review/ID`. */
  readonly prefix: string;
  stop(): Promise<unknown>;
}

/** Processor time a process has used, in ms; NaN where the kernel does not tell. Unlike the clock it does not count what other programs do. */
function processorMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    // Fields 14 and 15 of proc(5): user and system time in ticks of 10 ms.
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return Number.NaN;
  }
}

/**
 * Every load on every contender in turn, several times over, so that a slow moment of the machine meets all of them. Of each the best
 * run counts: what else the machine does only ever takes away.
 */
async function compare(engine: string, contenders: readonly Contender[], students: readonly Student[]): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const scenario of scenarios) {
    const clientsOf = students.map((student) => {
      const deck = student.decks.find(({ cardIds }) => cardIds.length === scenario.cards);
      if (deck === undefined) throw new Error(`no deck of ${scenario.cards} cards`);
      return { token: student.token, deckId: String(deck.id), cardIds: deck.cardIds.map(String) };
    });
    for (const clients of clientCounts) {
      const runs = new Map<Contender, (Figures & { processorMs: number })[]>(contenders.map((contender) => [contender, []]));
      for (let repeat = 0; repeat <= repeats; repeat++) {
        for (const contender of contenders) {
          const { port, pid, prefix, server } = contender;
          const before = processorMs(pid);
          const figures = await load({
            port,
            prefix,
            kind: scenario.kind,
            cards: scenario.cards,
            clients,
            seconds,
            students: clientsOf.slice(0, clients),
          });
          if (figures.failed > 0) throw new Error(`${figures.failed} requests failed on ${engine}, ${server}`);
          // The first run lets each compile its code and fill its caches.
          if (repeat > 0)
            runs
              .get(contender)
              ?.push({ ...figures, processorMs: Number(((processorMs(pid) - before) / figures.sentInAll).toFixed(3)) });
        }
      }
      for (const [{ server }, figures] of runs) {
        const [best] = figures.toSorted((a, b) => b.perSecond - a.perSecond);
        if (best === undefined) throw new Error('a comparison takes at least one repeat');
        measured.push({ engine, server, scenario: scenario.name, clients, ...best, runs: figures });
        process.stderr.write(`${engine}, ${server}, ${scenario.name}, ${clients} clients: ${best.perSecond}/s\n`);
      }
    }
  }
  return measured;
}

async function startPeer(
  peers: Peers,
  server: 'plain' | 'original',
  program: string,
  database: string,
  ...more: string[]
): Promise<Contender> {
  const port = await freePort();
  const child = spawn(peers.node, [join(peers.folder, program), database, String(port), ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${program} did not start`))),
  ]);
  return {
    server,
    port,
    pid: child.pid as number,
    prefix: `/${server}`,
    async stop() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** FlashCase, the plain handler and the original's shape, each on its own copy of one filled database. */
async function measureEngine(
  engine: string,
  peers: Peers,
  fresh: () => Promise<Place>,
  copy: (place: Place) => Promise<Place>,
): Promise<{ measured: Measured[]; starts: number[] }> {
  const filled = await fresh();
  const database = await openFresh(filled);
  const students = await populate(database, { students: Math.max(...clientCounts), deckSizes: [20, 500], isStudied: true });
  // Statistics as any server has them after a day.
  await database.engine.dedicated((connection) => connection.script('ANALYZE'));
  await database.close();
  const peerOn = async (server: 'plain' | 'original'): Promise<Contender> => {
    const { url } = await copy(filled);
    return engine === 'sqlite'
      ? startPeer(peers, server, 'sqlite.mjs', url.slice('sqlite:///'.length), peers.sqlite)
      : startPeer(peers, server, 'postgres.mjs', url);
  };
  const own = await copy(filled);
  const flashcase = await ServerProcess.start(own, { env: { LOG_LEVEL: 'fatal' } });
  const contenders: Contender[] = [
    {
      server: 'FlashCase',
      port: flashcase.port,
      pid: flashcase.process.pid as number,
      prefix: '/api/v1/study',
      stop: () => flashcase.end('SIGTERM'),
    },
  ];
  let measured: Measured[];
  try {
    contenders.push(await peerOn('plain'), await peerOn('original'));
    measured = await compare(engine, contenders, students);
  } finally {
    for (const contender of contenders) await contender.stop();
  }
  return { measured, starts: await measureStarts(own, Number(options.starts)) };
}

/** A further database with the same content. Nobody may be connected to the first. */
async function copyDatabase(serverUrl: string, from: Place): Promise<Place> {
  const to = new URL(from.url);
  to.pathname += `_${++copies}`;
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${to.pathname.slice(1)} TEMPLATE ${new URL(from.url).pathname.slice(1)}`);
  await client.end();
  return { url: to.toString(), drop: async () => {} };
}

let copies = 0;
const work = mkdtempSync(join(tmpdir(), 'flashcase-bench-'));
const peers = installPeers(work);
const measured: Measured[] = [];
const starts: Record<string, number[]> = {};
const versions: Record<string, string> = { FlashCase: process.version, peers: peers.versions };
try {
  if (options.engines.includes('sqlite')) {
    let files = 0;
    const place = (): Place => {
      mkdirSync(join(work, `db${++files}`));
      return { url: `sqlite:///${join(work, `db${files}`, 'flashcase.db')}`, drop: async () => {} };
    };
    const result = await measureEngine(
      'sqlite',
      peers,
      async () => place(),
      async (from) => {
        const to = place();
        cpSync(from.url.slice('sqlite:///'.length), to.url.slice('sqlite:///'.length));
        return to;
      },
    );
    measured.push(...result.measured);
    starts.sqlite = result.starts;
  }
  if (options.engines.includes('postgres')) {
    const postgres = await startPostgres({ fsync: true });
    try {
      const result = await measureEngine(
        'postgres',
        peers,
        () => createDatabase(postgres.url),
        (from) => copyDatabase(postgres.url, from),
      );
      measured.push(...result.measured);
      starts.postgres = result.starts;
    } finally {
      await postgres.stop();
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
const machine = { cpu: cpus()[0]?.model, cores: cpus().length, memoryGib: Math.round(totalmem() / 2 ** 30), kernel: release() };
const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: here }).toString().trim();
const report = { at: new Date().toISOString(), commit, machine, versions, seconds, repeats, measured, startMs: starts };
const out = resolve(options.out ?? join(here, 'results', `${report.at.replaceAll(':', '-')}.json`));
mkdirSync(dirname(out), { recursive: true });
writeFileSync(out, `${JSON.stringify(report, null, 1)}\n`);
printTables(report);
console.log(`\nEvery figure: ${out}`);
