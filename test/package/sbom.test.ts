import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ALLOWED, cycloneDx, shipped } from '../../scripts/sbom.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, '');

interface Bom {
  readonly components: readonly {
    readonly 'bom-ref': string;
    readonly purl: string;
    readonly hashes?: readonly { readonly content: string }[];
  }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

test('the bill of materials names what the server needs and what is built into the page, with the hashes npm’s own has, and nothing that only builds or tests', (t) => {
  const own = JSON.parse(cycloneDx(root)) as Bom;
  assert.equal(readFileSync(`${root}/docs/reference/sbom.cdx.json`, 'utf8'), cycloneDx(root));
  const known = new Map(own.components.map((one) => [one.purl, one]));
  assert.equal(known.size, own.components.length, 'each once');
  const refs = new Set(own.components.map((one) => one['bom-ref']));
  for (const { dependsOn } of own.dependencies) assert.ok(dependsOn.every((ref) => refs.has(ref)));
  for (const name of ['react', 'react-dom', 'wouter', 'fastify', 'pg', 'kysely'])
    assert.ok(
      own.components.some(({ purl }) => purl.startsWith(`pkg:npm/${name}@`)),
      name,
    );
  for (const name of ['typescript', 'playwright-core', 'vite'])
    assert.ok(!own.components.some(({ purl }) => purl.startsWith(`pkg:npm/${name}@`)), `${name} is not shipped`);

  // All of it: with --omit dev it leaves out what dev packages need as well.
  const words = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const npm = spawnSync('npm', words, { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' });
  if (npm.status !== 0) return t.skip(`npm sbom does not run here: ${npm.stderr}`);
  const theirs = JSON.parse(npm.stdout) as Bom;
  const theirHashes = new Map(theirs.components.map(({ purl, hashes }) => [purl, hashes?.[0]?.content]));
  for (const { purl, hashes } of own.components) assert.equal(theirHashes.get(purl), hashes?.[0]?.content, purl);
  const direct = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { dependencies: Record<string, string> };
  for (const [name, version] of Object.entries(direct.dependencies))
    assert.ok(known.has(`pkg:npm/${name.replace('@', '%40')}@${version}`), name);
});

test('every package that is shipped has a licence that a program under Apache-2.0 may ship with', () => {
  for (const { name, licence } of shipped(root)) assert.ok(ALLOWED.includes(licence), `${name}: ${licence}`);
});
