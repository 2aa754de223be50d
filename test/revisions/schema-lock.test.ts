import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { normalForm } from '../../src/revisions/normal-form.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { historyProblems, schemaLock } from '../../src/revisions/schema-lock.ts';
import { replay } from '../../src/revisions/state.ts';
import { int64, schema, table, text } from '../../src/schema/index.ts';
import { project } from '../../src/versions/project.ts';
import { everydayEngines } from '../support/database.ts';
import { everyFeature } from './every-feature.ts';
import { depot, first, onFresh, parcel, second, third } from './own-schema.ts';
import { readNormalForm } from './read-normal-form.ts';

const revisions = [first, second];
const model = schema({ parcel, depot });

test('schema.lock is the model: its format first, then one sorted fact a line', () => {
  const kept = readFileSync(join(fileURLToPath(import.meta.url), '../../../src/versions/schema.lock'), 'utf8');
  assert.equal(kept, schemaLock(project.schema));
  const [head, ...lines] = kept.trimEnd().split('\n');
  assert.match(head ?? '', /^# schema\.lock 1: /);
  assert.deepEqual(lines, lines.toSorted());
  assert.equal(new Set(lines).size, lines.length);
});

test('schema.lock has the same text for the same schema, however it was reached, and another for every change', () => {
  assert.equal(schemaLock(replay(everyFeature)), schemaLock(replay(everyFeature.slice(3), replay(everyFeature.slice(0, 3)))));
  const texts = everyFeature.map((_, i) => schemaLock(replay(everyFeature.slice(0, i + 1))));
  assert.equal(new Set(texts).size, everyFeature.length);
  assert.match(texts[0] ?? '', /"parcel" index "parcel_unsent" \("depot_id"\) where «sent_at IS NULL»/);
  assert.match(texts[0] ?? '', /"parcel" column "size" text not null default «small» one of \(«small», «large», «giant's»\)/);
});

test('schema.lock: two branches that add different things merge without a conflict', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-lock-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const branch = (columns: object, indexes: Record<string, string[]>) =>
    schemaLock(
      schema({ depot, parcel: table('parcel', { columns: { ...parcel.columns, ...columns }, primaryKey: ['id'], indexes }) }),
    );
  const write = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const merged = execFileSync('git', [
    'merge-file',
    '--stdout',
    write('ours', branch({ colour: text() }, {})),
    write('base', branch({}, {})),
    write('theirs', branch({ weight: int64() }, { by_label: ['label'] })),
  ]).toString();
  assert.equal(merged, branch({ colour: text(), weight: int64() }, { by_label: ['label'] }));
});

test('F24: a model that is not what the history makes is named line by line, with the command that settles it', () => {
  assert.deepEqual(historyProblems({ schema: model, revisions }), []);
  const problems = historyProblems({ schema: model, revisions: [...revisions, third] }).join('\n');
  assert.match(problems, /^history {4}has "parcel" column "note" text$/m);
  assert.match(problems, /flashcase db revision -m "\.\.\." --autogenerate, which writes: .*drop column note/);
  const missing = historyProblems({ schema: model, revisions: [first] }).join('\n');
  assert.match(missing, /^model {6}has "depot" column "town" text not null$/m);
});

test('F21: two revisions of one id, merged from two branches, fail the check with both files named', () => {
  const other = { ...third, id: '0002' };
  assert.match(
    historyProblems({ schema: model, revisions: [first, second, other] }).join('\n'),
    /0002-depot\.ts and 0002-parcel-note\.ts/,
  );
});

for (const target of everydayEngines()) {
  test(`a database is proved to hold the normal form, or the differences are told (${target.name})`, { skip: target.skip }, () =>
    onFresh(target, async ({ run, direct, engine, query }) => {
      await upgrade(run(revisions));
      const proof = () => direct((connection) => readNormalForm(connection, engine, replay(revisions)));
      assert.deepEqual(await proof(), { lines: normalForm(model) });
      await query('CREATE INDEX by_hand ON depot (town)');
      assert.deepEqual(await proof(), { difference: { missing: [], unexpected: ['"depot" index "by_hand" ("town")'] } });
    }),
  );
}
