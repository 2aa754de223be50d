import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Peers {
  readonly folder: string;
  /** The Node they run on. */
  readonly node: string;
  /** The SQLite library that could be had here. */
  readonly sqlite: 'better-sqlite3' | 'node:sqlite';
  /** For the report. */
  readonly versions: string;
}

/**
 * Installs bench/peers into a folder. better-sqlite3 has no ready-made binary among the npm packages, so it is built against the headers
 * of the host's Node; where that fails, `node:sqlite` bare takes its place and the report says so.
 */
export function installPeers(work: string): Peers {
  const folder = join(work, 'peers');
  cpSync(fileURLToPath(new URL('../peers', import.meta.url)), folder, { recursive: true });
  const node = 'node';
  const run = (code: string): string => execFileSync(node, ['-p', code], { cwd: folder }).toString().trim();
  const headers = run("require('node:path').resolve(process.execPath, '../..')");
  process.stderr.write('installing the peers (better-sqlite3 is built, about a minute) …\n');
  const built = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel', 'error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, npm_config_nodedir: headers, npm_config_build_from_source: 'true' },
  });
  if (built.status === 0) {
    const version = (name: string): string => `${name} ${run(`require('${name}/package.json').version`)}`;
    const versions = `${version('better-sqlite3')} and ${version('pg')} on Node ${run('process.version')}`;
    return { folder, node, sqlite: 'better-sqlite3', versions };
  }
  execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'], {
    cwd: folder,
    stdio: 'inherit',
  });
  return {
    folder,
    node: process.execPath,
    sqlite: 'node:sqlite',
    versions: `node:sqlite bare (better-sqlite3 could not be built here) and pg on Node ${process.version}`,
  };
}
