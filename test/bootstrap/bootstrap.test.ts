import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

interface Bootstrap {
  runtimePackage(platform: string, arch: string): string;
  lockStamp(folder: string): string;
  runtime(folder?: string): string;
}

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
  assert.deepEqual(named.toSorted(), Object.keys(optionalDependencies).toSorted());
  assert.deepEqual([...new Set(Object.values(optionalDependencies))], ['26.10.0'], 'all platforms run the same Node');
});

test('a changed lock file means a new installation, a changed source does not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-stamp-'));
  try {
    mkdirSync(join(folder, 'web'));
    for (const file of ['package.json', 'package-lock.json', 'web/package.json']) cpSync(join(root, file), join(folder, file));
    const before = bootstrap.lockStamp(folder);
    writeFileSync(join(folder, 'README.md'), 'changed');
    assert.equal(bootstrap.lockStamp(folder), before);
    writeFileSync(join(folder, 'package-lock.json'), '{}');
    assert.notEqual(bootstrap.lockStamp(folder), before);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the tests run on the pinned runtime', () => {
  assert.equal(process.version, 'v26.10.0');
});
