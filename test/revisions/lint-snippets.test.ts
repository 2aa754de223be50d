import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { addColumn, changeColumn } from '../../src/revisions/change.ts';
import { lint } from '../../src/revisions/lint/lint.ts';
import { type RuleId, rules } from '../../src/revisions/lint/rules/all.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable } from '../../src/revisions/step.ts';
import { boolean, int64, text, timestamp } from '../../src/schema/index.ts';
import { engines, type Target } from '../support/database.ts';
import { EVERYTHING, newFolder, typeErrors } from '../support/type-check.ts';
import { examples, projectWith, released } from './lint-examples.ts';
import { onFresh } from './own-schema.ts';

const revision = (...upgrade: Revision['upgrade']): Revision => ({ id: '0003', name: 'more', upgrade, downgrade: 'no.' });

/** Columns whose safe way is written differently from those of the examples. */
const MORE = [
  revision(alterTable('parcel', addColumn('sent_at', timestamp()))),
  revision(alterTable('parcel', addColumn('is_open', boolean()))),
  revision(alterTable('parcel', addColumn('sort', text({ oneOf: ['a', 'b'] })))),
  revision(
    alterTable(
      'parcel',
      addColumn('extra', text(), { fill: { sqlite: "printf('%s', label)", postgres: "format('%s', label)" } }),
    ),
  ),
  revision(alterTable('parcel', changeColumn('grams', int64({ computed: 'id * 2' })))),
];

/** The safe ways that the rules show, by rule. */
async function shown(): Promise<(readonly [rule: string, text: string])[]> {
  const found: (readonly [string, string])[] = [];
  const collect = ({ findings }: Awaited<ReturnType<typeof lint>>): void => {
    for (const { rule, rewrite } of findings) if (rewrite !== undefined) found.push([rule, rewrite]);
  };
  for (const { id } of rules) {
    const { unsafe } = examples[id as RuleId];
    const project = projectWith(unsafe.revision);
    collect(await lint(project));
    if (unsafe.rows === undefined) continue;
    await onFresh(engines()[0] as Target, async ({ engine, run, query }) => {
      await upgrade(run(released));
      for (const sql of unsafe.rows ?? []) await query(sql);
      collect(await lint(project, { engine }));
    });
  }
  for (const more of MORE) collect(await lint(projectWith(more)));
  return found;
}

/** The parts of a revision that stand between two lines of comment. */
const partsOf = (snippet: string): string[] =>
  snippet
    .split(/^\/\/.*$/m)
    .map((part) => part.trim())
    .filter((part) => part !== '');

test('lint: every safe way it shows is code that compiles as part of a revision file, and runs', async (context) => {
  const snippets = await shown();
  assert.deepEqual([...new Set(snippets.map(([rule]) => rule))].toSorted(), rules.map(({ id }) => id).toSorted());
  const parts = snippets.flatMap(([rule, snippet]) => partsOf(snippet).map((part) => [rule, part] as const));
  const folder = newFolder(context);
  const module = parts.map(([rule, part], i) => `// ${rule}\nexport const part${i}: Partial<Revision> = {\n${part}\n};\n`);
  writeFileSync(join(folder, 'snippets.ts'), EVERYTHING + module.join(''));
  assert.equal(typeErrors(folder), '');
  const made = (await import(pathToFileURL(join(folder, 'snippets.ts')).href)) as Record<string, Partial<Revision>>;
  assert.equal(Object.keys(made).length, parts.length);
  assert.ok(parts.length > 40);
  for (const [rule, snippet] of snippets) assert.doesNotMatch(snippet, /kind: '(?!sql')/, `${rule} shows data, not builders`);
});
