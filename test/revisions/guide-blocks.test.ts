import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EVERYTHING, newFolder, sourceOf, typeErrors } from '../support/type-check.ts';
import { writeExample } from './guide-example.ts';

const docs = resolve(fileURLToPath(import.meta.url), '../../../docs');
const guide = readFileSync(join(docs, 'guide/revisions.md'), 'utf8');
const blocks = [...guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind = '', text = '']) => ({ kind, text }));

/** A block as a module: a file of its own as it is, a declaration with its imports, columns and parts of a revision in an object. */
function asModule(kind: string, text: string): string | undefined {
  if (kind === 'diff') return `${EVERYTHING}export const columns = {\n${text.replace(/^-.*$/gm, '').replace(/^\+/gm, '')}};\n`;
  if (kind !== 'ts' || /^\/\/ [\w/.-]+\.ts: /.test(text)) return undefined;
  return EVERYTHING + (text.startsWith('export ') ? text : `export const part: Partial<Revision> = {\n${text}};\n`);
}

test('every piece of code in the guide to revisions compiles', (context) => {
  const folder = newFolder(context);
  const named = writeExample(folder, sourceOf);
  const modules = blocks.flatMap(({ kind, text }) => asModule(kind, text) ?? []);
  for (const [i, text] of modules.entries()) writeFileSync(join(folder, `block-${i}.ts`), text);
  assert.equal(named.length + modules.length, blocks.filter(({ kind }) => kind !== 'console').length);
  assert.equal(typeErrors(folder), '');
});

test('every command in the guide to revisions is in the reference, with its options', () => {
  const reference = readFileSync(join(docs, 'reference/db.md'), 'utf8');
  const sections = new Map(
    [...reference.matchAll(/^## `?flashcase db (\w+)[\s\S]*?(?=^## |$(?![\s\S]))/gm)].map((m) => [m[1], m[0]]),
  );
  const typed = [...guide.matchAll(/(?:^\$ |`)flashcase db ([a-z]+)([^`\n]*)/gm)];
  assert.ok(typed.length > 30);
  for (const [whole, name = '', rest = ''] of typed) {
    const section = sections.get(name);
    assert.ok(section !== undefined, `${whole}: no such command`);
    for (const [option] of rest.matchAll(/(?<=\s)--[a-z][a-z-]*/g))
      assert.ok(section.includes(option), `${whole}: no option ${option}`);
  }
});
