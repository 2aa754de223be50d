import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';

interface Bootstrap {
  runtimePackage(platform: string, arch: string): string;
  lockStamp(folder: string): string;
  isWhatTheLockNames(folder: string): boolean;
  alone<T>(work: () => T, lock: string): T;
  runtime(folder?: string): string;
}

const HIDDEN_LOCK = 'node_modules/.package-lock.json';
const root = resolve(fileURLToPath(import.meta.url), '../../..');
const bootstrap = (await import(join(root, 'bin/bootstrap.mjs'))) as Bootstrap;

test('every platform the lock file brings a runtime for has its package named', () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    optionalDependencies: Record<string, string>;
  };
  const named = [
    ['linux', 'x64'],
    ['linux', 'arm64'],
    ['darwin', 'x64'],
    ['darwin', 'arm64'],
    ['win32', 'x64'],
  ].map(([platform = '', arch = '']) => bootstrap.runtimePackage(platform, arch));
  // What else is optional is no runtime.
  const runtimes = Object.entries(optionalDependencies).filter(([name]) => !name.startsWith('@'));
  assert.deepEqual(named.toSorted(), runtimes.map(([name]) => name).toSorted());
  assert.deepEqual([...new Set(runtimes.map(([, version]) => version))], ['26.10.0'], 'all platforms run the same Node');
});

/** The files an installation is judged by, in a folder that is gone after the test. */
function manifests(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-stamp-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const file of ['package.json', 'package-lock.json', 'web/package.json', 'test/package.json', HIDDEN_LOCK])
    cpSync(join(root, file), join(folder, file), { recursive: true });
  return folder;
}

test('a changed lock file means a new installation, a changed source does not', (context) => {
  const folder = manifests(context);
  const before = bootstrap.lockStamp(folder);
  writeFileSync(join(folder, 'README.md'), 'changed');
  assert.equal(bootstrap.lockStamp(folder), before);
  for (const file of ['package-lock.json', 'package.json', 'web/package.json', 'test/package.json']) {
    const kept = readFileSync(join(folder, file), 'utf8');
    writeFileSync(join(folder, file), '{}');
    assert.notEqual(bootstrap.lockStamp(folder), before, file);
    writeFileSync(join(folder, file), kept);
  }
});

interface Manifest {
  packages: Record<string, { version?: string; optional?: boolean }>;
  dependencies: Record<string, string>;
}

test('what a developer installed by hand counts when it is what the lock file names, and only then', async (context) => {
  const edited = (file: string, edit: (manifest: Manifest) => void): boolean => {
    const folder = manifests(context);
    const manifest = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Manifest;
    edit(manifest);
    writeFileSync(join(folder, file), JSON.stringify(manifest));
    return bootstrap.isWhatTheLockNames(folder);
  };
  assert.equal(bootstrap.isWhatTheLockNames(manifests(context)), true);
  const fastify = 'node_modules/fastify';
  assert.equal(
    edited(HIDDEN_LOCK, ({ packages }) => delete packages[fastify]),
    false,
    'a package is missing',
  );
  assert.equal(
    edited(HIDDEN_LOCK, ({ packages }) => (packages[fastify] = { version: '1.0.0' })),
    false,
    'another version',
  );
  assert.equal(
    edited(HIDDEN_LOCK, ({ packages }) => (packages['node_modules/left-over'] = {})),
    false,
    'one too many',
  );
  assert.equal(
    edited(HIDDEN_LOCK, ({ packages }) => {
      for (const path of Object.keys(packages)) if (packages[path]?.optional) delete packages[path];
    }),
    true,
    'packages of other platforms may be missing',
  );
  assert.equal(
    edited('package.json', ({ dependencies }) => (dependencies.express = '5.0.0')),
    false,
    'wanted, not locked',
  );
  const without = manifests(context);
  rmSync(join(without, HIDDEN_LOCK));
  assert.equal(bootstrap.isWhatTheLockNames(without), false, 'npm was interrupted');
});

test('two installations at once run one after the other, also after one was killed', { timeout: 60_000 }, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-lock-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const lock = join(folder, 'lock');
  const log = join(folder, 'log');
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  writeFileSync(lock, `${dead} left-behind`);
  const script = `
    import { appendFileSync } from 'node:fs';
    import { alone } from ${JSON.stringify(join(root, 'bin/bootstrap.mjs'))};
    alone(() => {
      appendFileSync(${JSON.stringify(log)}, 'in ');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
      appendFileSync(${JSON.stringify(log)}, 'out ');
    }, ${JSON.stringify(lock)});`;
  const ends = Array.from({ length: 4 }, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' });
    return (await once(child, 'exit'))[0];
  });
  assert.deepEqual(await Promise.all(ends), [0, 0, 0, 0]);
  assert.equal(readFileSync(log, 'utf8'), 'in out '.repeat(4));
  assert.deepEqual(readdirSync(folder), ['log'], 'no lock is left behind');
});

test('a signal to npm alone ends what it started', {
  timeout: 30_000,
  skip: process.platform === 'win32' && 'not run: no signals here',
}, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-orphan-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(
    join(folder, 'server.mjs'),
    `process.on('SIGTERM', () => { console.log('stopped'); process.exit(0); });\nsetInterval(() => {}, 1000);\nconsole.log('started');`,
  );
  writeFileSync(
    join(folder, 'start.mjs'),
    `import { runPinned } from ${JSON.stringify(join(root, 'bin/run.mjs'))};\nrunPinned([${JSON.stringify(join(folder, 'server.mjs'))}]);`,
  );
  // The shell stays between the two, as npm's does, and ends without handing the signal on.
  const shell = spawn('sh', ['-c', 'node start.mjs; true'], {
    cwd: folder,
    env: { ...process.env, npm_lifecycle_event: 'start' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  shell.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (output === 'started\n') shell.kill('SIGTERM');
  });
  // The pipe closes when the last of them is gone.
  await once(shell, 'close');
  assert.equal(output, 'started\nstopped\n');
});

test('the tests run on the pinned runtime', () => {
  assert.equal(process.version, 'v26.10.0');
});
