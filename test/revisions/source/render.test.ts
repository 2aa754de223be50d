import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import fc from 'fast-check';
import { isSame } from '../../../src/revisions/canonical.ts';
import type { Revision } from '../../../src/revisions/revision.ts';
import { revisionConstant, snakeCase } from '../../../src/revisions/source/identifier.ts';
import { data, print } from '../../../src/revisions/source/layout.ts';
import { libraryFor } from '../../../src/revisions/source/library.ts';
import { renderRevision } from '../../../src/revisions/source/render.ts';
import { anySteps } from './any-schema.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../../..');
/** Inside the repository, so that the style that is checked is the repository's. */
const folder = mkdtempSync(join(root, 'test/revisions/source/written-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const ROUNDS = 300;

function anyRevision(unit: 'grapheme' | 'grapheme-ascii'): fc.Arbitrary<Revision> {
  let number = 0;
  return fc.tuple(anySteps(unit), anySteps(unit), fc.boolean()).map(([upgrade, downgrade, isWhole]) => ({
    id: String(++number).padStart(4, '0'),
    name: 'anything',
    upgrade,
    downgrade: isWhole ? downgrade : "it's gone",
    ...(isWhole ? {} : { isTransactional: false, contracts: '0001', ignores: { rule: 'a "reason"' }, replaces: ['0001'] }),
  }));
}

const write = (revision: Revision, isNoted = false): string => {
  const path = join(folder, `${revision.id}-anything.ts`);
  const parts = revision.upgrade.flatMap((step) => [step, ...(step.kind === 'alterTable' ? step.changes : [])]);
  const notes = new Map(isNoted ? parts.map((part, i) => [part, i % 3 === 0 ? [] : ['To decide: this.', 'And that.']]) : []);
  writeFileSync(path, renderRevision(revision, { library: libraryFor(folder), notes, about: isNoted ? ['Told.'] : [] }));
  return path;
};

test('a written revision file gives exactly the revision again, whatever is in it', () =>
  fc.assert(
    fc.asyncProperty(anyRevision('grapheme'), async (revision) => {
      const module = (await import(pathToFileURL(write(revision)).href)) as Record<string, unknown>;
      const found = module[revisionConstant(revision.name)];
      assert.ok(isSame(found, revision), `${JSON.stringify(found)}\nis not\n${JSON.stringify(revision)}`);
    }),
    { numRuns: ROUNDS },
  ));

test('a column named __proto__ is an entry of the file like any other', () => {
  const set = Object.fromEntries([['__proto__', { sqlite: '1', postgres: '1' }]]);
  assert.equal(print(data(set)), "{ ['__proto__']: { sqlite: '1', postgres: '1' } }");
});

test('the formatter changes nothing in a written revision file, comments and all', () => {
  const paths = fc.sample(anyRevision('grapheme-ascii'), ROUNDS).map((revision, i) => write(revision, i % 2 === 0));
  const written = paths.map((path) => readFileSync(path, 'utf8'));
  const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
  execFileSync(process.execPath, [biome, 'check', '--linter-enabled=false', '--write', folder], { cwd: root });
  for (const [i, path] of paths.entries()) assert.equal(readFileSync(path, 'utf8'), written[i]);
});

test('the name of a revision comes from its message, and its constant is never a word of the language', () => {
  assert.equal(snakeCase('  Add a note — to parcels! '), 'add_a_note_to_parcels');
  assert.equal(snakeCase('Höhe'), 'hohe');
  assert.equal(snakeCase('!'), '');
  assert.equal(revisionConstant('delete'), 'deleteRevision');
  assert.equal(revisionConstant('2nd_try'), 'revision');
});
