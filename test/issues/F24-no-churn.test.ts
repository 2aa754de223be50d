import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { newApp, tableText } from '../revisions/source/app.ts';

test('F24: a second autogenerate writes nothing, not even the index; there is one file a revision and no snapshot beside it', (context) => {
  const app = newApp(context);
  app.model(
    tableText(
      'note',
      'body: s.text(), kind: s.text({ oneOf: ["a", "b"], default: "a", comment: "it’s" })',
      "checks: { ck_note: \"body <> ''\" }, indexes: { ix_note: ['-kind', '(lower(body))'] }",
    ),
    'note',
  );
  assert.equal(app.db('revision', '-m', 'first', '--autogenerate').code, 0);
  const look = (): string[] =>
    readdirSync(app.versions)
      .sort()
      .map((file) => `${file} ${statSync(join(app.versions, file)).mtimeMs} ${readFileSync(join(app.versions, file), 'utf8')}`);
  const before = look();
  for (const round of ['once', 'twice']) {
    const said = app.db('revision', '-m', round, '--autogenerate', '--json');
    assert.equal(said.code, 0);
    assert.deepEqual(JSON.parse(said.stdout), { written: null });
    assert.deepEqual(look(), before);
  }
  assert.deepEqual(readdirSync(app.versions).sort(), ['0001-first.ts', 'index.ts', 'project.ts', 'schema.lock']);
});
