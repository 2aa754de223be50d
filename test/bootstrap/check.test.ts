import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ambientProblems } from '../../scripts/ambient.ts';
import { floorProblems } from '../../scripts/floors.ts';
import { languageProblems } from '../../scripts/languages.ts';
import { promiseProblems } from '../../scripts/promises.ts';

/** A folder with these files in it, gone after the test. */
function folderWith(context: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-check-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

const GROUND = {
  'src/errors/index.ts': 'export const problem = 1;',
  'src/engine/engine.ts':
    "import { problem } from '../errors/index.ts';\nexport interface Engine { readonly problem: typeof problem }",
  'src/db/clock.ts': "import type { Engine } from '../engine/engine.ts';\nexport type Clock = Engine;",
  'src/move/run/run-move.ts': "import type { Clock } from '../../db/clock.ts';\nexport type Move = Clock;",
  'src/move/verify/verify.ts': "import type { Clock } from '../../db/clock.ts';\nexport type Verify = Clock;",
};

test('floors: sources in order are fine, TypeScript and all', async (context) => {
  const fine = {
    ...GROUND,
    'src/ops/adopt.ts': "import type { Verify } from '../move/verify/verify.ts';\nexport type Ops = Verify;",
  };
  assert.equal(await floorProblems(folderWith(context, fine)), '');
});

const BROKEN: readonly [rule: string, path: string, source: string][] = [
  ['floor-errors', 'src/errors/up.ts', "export const clock = async () => await import('../db/clock.ts');"],
  ['floor-schema', 'src/schema/up.ts', "import type { Engine } from '../engine/engine.ts';\nexport type Up = Engine;"],
  ['floor-study', 'src/study/up.ts', "export type { Clock } from '../db/clock.ts';"],
  ['floor-http', 'src/http/down.ts', "export * from '../engine/engine.ts';"],
  ['floor-move', 'src/move/up.ts', "import '../services/decks.ts';\nexport const up = 1;"],
  ['ops-runs-no-move', 'src/ops/run.ts', "import type { Move } from '../move/run/run-move.ts';\nexport type Run = Move;"],
  ['knows-no-flashcards', 'src/move/cards.ts', "import '../schema/flashcase.ts';\nexport const cards = 1;"],
  [
    'no-drivers-above-the-ground',
    'src/services/sqlite.ts',
    "import { DatabaseSync } from 'node:sqlite';\nexport { DatabaseSync };",
  ],
  [
    'page-knows-only-the-api',
    'web/src/main.tsx',
    "import { problem } from '../../src/errors/index.ts';\nexport const Page = () => <p>{problem}</p>;",
  ],
  ['no-circles', 'src/services/decks.ts', "import { cards } from './cards.ts';\nexport const decks = cards;"],
];

for (const [rule, path, source] of BROKEN) {
  test(`floors: ${path} breaks ${rule}`, async (context) => {
    const around = {
      'src/services/decks.ts': 'export const decks = 1;',
      'src/services/cards.ts': "import { decks } from './decks.ts';\nexport const cards = decks;",
      'src/schema/flashcase.ts': "import { problem } from '../errors/index.ts';\nexport const flashcase = problem;",
    };
    const problems = await floorProblems(folderWith(context, { ...GROUND, ...around, [path]: source }));
    assert.match(problems, new RegExp(`error ${rule}: .*${RegExp.escape(path)} →`, 's'));
  });
}

test('floors: sources that could not be read are no success', async (context) => {
  const folder = folderWith(context, { 'src/errors/index.ts': 'export const = ;' });
  assert.notEqual(await floorProblems(folder), '');
});

test('the environment, the clock and randomness each have one file', (context) => {
  const folder = folderWith(context, {
    'src/db/env.ts': 'export const env = process.env;',
    'src/db/clock.ts': 'export const now = () => Date.now();',
    'src/db/random.ts': "export { randomBytes } from 'node:crypto';",
    'src/cli/main.ts':
      '// process.env is read elsewhere\nexport const port = process.env.PORT;\nexport const at = new Date();\nexport const given = new Date(0);',
    'src/http/id.ts':
      "import { createHash, randomUUID } from 'node:crypto';\nexport const id = [createHash, randomUUID, Math.random()];",
  });
  assert.deepEqual(ambientProblems(folder).toSorted(), [
    'src/cli/main.ts:2 reads the environment; only a file named env.ts may',
    'src/cli/main.ts:3 reads the clock; only a file named clock.ts may',
    'src/http/id.ts:1 reads randomness; only a file named random.ts may',
    'src/http/id.ts:2 reads randomness; only a file named random.ts may',
  ]);
});

test('a promise names a test that exists, by a title a test really has', (context) => {
  const title = '$' + '{name}: nothing is lost';
  const folder = folderWith(context, {
    'test/a.test.ts': `// nothing is found\ntest('it’s kept', () => {});\ntest(\`D1 ${title}\`, { skip }, () => {});`,
    'bench/speed.ts': '',
    'docs/promises.md': [
      '| Promise | Proof |',
      '|---|---|',
      '| one | `test/a.test.ts` "it’s kept" |',
      '| two | `test/a.test.ts` "D1 sqlite: nothing is lost" |',
      '| three | `bench/speed.ts` |',
      '| four | `test/a.test.ts` "nothing is found" |',
      '| five | `test/b.test.ts` "it’s kept" |',
      '| six | `test/a.test.ts` |',
      '| seven | trust us |',
    ].join('\n'),
  });
  const problems = promiseProblems(folder);
  assert.equal(problems.length, 4, problems.join('\n'));
  assert.match(problems[0] ?? '', /has no test "nothing is found"/);
  assert.match(problems[1] ?? '', /test\/b\.test\.ts does not exist/);
  assert.match(problems[2] ?? '', /no title given/);
  assert.match(problems[3] ?? '', /no proof named/);
});

test('languages: a text outside t, rich and msg is found wherever it is said', (context) => {
  const page = (source: string) =>
    languageProblems(
      folderWith(context, {
        'web/src/languages/de.json': '{"Save": "Speichern", "Saving …": "Wird gespeichert …", "Sent": "Gesendet"}',
        'web/src/languages/fr.json': '{"Save": "Enregistrer", "Saving …": "Enregistrement …", "Sent": "Envoyé"}',
        'web/src/texts.ts': "t(a ? (b ? 'Save' : 'Saving …') : 'Sent');",
        'web/src/page.tsx': source,
      }),
    ).map((problem) => problem.replace(/^web\/src\/page\.tsx:1 /, ''));
  const TEMPLATE = ['`Imported $', '{n} notes.`'].join('');
  const bare = [
    "changed(api.PUT('/api/v1/x', { body }), 'Card saved.');",
    "const SORTS = [['newest', 'Newest']] as const;",
    "const say = (n: number) => (n === 1 ? 'one card left' : t('Save'));",
    `const say = () => { return ${TEMPLATE}; };`,
    `t('Sent', { what: ${TEMPLATE} });`,
    'const a = <Figure name="Without any more study" />;',
    "const a = <p>{isOver ? 'over' : t('Sent')}</p>;",
  ];
  for (const source of bare) assert.match(page(source).join('\n'), /^is said in English only: /, source);
  for (const source of ['(5).toLocaleString();', 'x.toLocaleString(undefined, { style: "percent" });', 'x.toFixed(2);'])
    assert.match(page(source).join('\n'), /^writes a number or a date in no language: /, source);
  const fine = [
    'const a = <p className="card-text card-text--large">{t(\'Sent\')}</p>;',
    "if (event.key === 'Escape') box.querySelector('.card-row button')?.focus();",
    "throw new Error('no such thing');",
    "const KEYS = { ArrowLeft: 1 }; const kind: 'Day' | 'Month' = pick;",
    "call('/api/v1/cards', { headers: { 'Content-Type': 'application/json' } });",
    'x.toLocaleString(locale());',
  ];
  for (const source of fine) assert.deepEqual(page(source), [], source);
});
