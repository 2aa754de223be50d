// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addColumn, addForeignKey, type Change, dropColumn } from '../../src/revisions/change.ts';
import { exitCodeOf, lint, lintLines } from '../../src/revisions/lint/lint.ts';
import type { Rule } from '../../src/revisions/lint/rule.ts';
import { type RuleId, rules } from '../../src/revisions/lint/rules/all.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { squash } from '../../src/revisions/squash.ts';
import { alterTable } from '../../src/revisions/step.ts';
import { int64, schema, text } from '../../src/schema/index.ts';
import { engines, everydayEngines, type Target } from '../support/database.ts';
import { type Example, examples, projectWith, released } from './lint-examples.ts';
import { onFresh } from './own-schema.ts';

test('lint: every rule fires on its unsafe example and is silent on its safe one', async () => {
  for (const rule of rules as readonly Rule[]) {
    if (rule.check === undefined) continue;
    const { unsafe, safe } = examples[rule.id as RuleId];
    const found = (await lint(projectWith(unsafe.revision))).findings.filter((finding) => finding.rule === rule.id);
    assert.ok(found.length > 0, `${rule.id} says nothing of its unsafe example`);
    assert.ok(
      found.every(({ what, why, rewrite }) => what.length > 10 && why.length > 10 && rewrite !== undefined),
      rule.id,
    );
    const quiet = (await lint(projectWith(safe.revision))).findings.filter((finding) => finding.rule === rule.id);
    assert.deepEqual(quiet, [], `${rule.id} fires on its safe example`);
  }
});

/** What strong_migrations and squawk know of PostgreSQL, by the rules that say it here. */
const FACTS: Readonly<Record<string, readonly RuleId[]>> = {
  'checklist 144: a column whose value is computed for every row': [
    'computed-column',
    'add-column-with-fill',
    'add-generated-id',
  ],
  'checklist 145: a required field': ['add-required-column', 'required-column-without-contract'],
  'checklist 146: NOT NULL without a proved check': ['not-null-at-once'],
  'checklist 147: a change of type': ['change-type', 'type-change-without-using'],
  'checklist 148: a rename': ['rename-column', 'rename-table', 'sql-rename'],
  'checklist 149: a drop': [
    'drop-column-without-contract',
    'drop-table-without-contract',
    'drop-view-without-contract',
    'sql-cascade',
  ],
  'checklist 150: an index that is not concurrent, or concurrent in a transaction': [
    'index-not-concurrent',
    'sql-outside-transaction',
  ],
  'checklist 151: an index dropped or built anew': ['drop-index-not-concurrent', 'sql-reindex'],
  'checklist 152: a constraint proved at once': [
    'foreign-key-at-once',
    'check-at-once',
    'unique-at-once',
    'sql-validate-at-once',
  ],
  'checklist 153: types that are regretted': ['sql-types'],
  'checklist 154: time limits, which are the engine’s business': ['sql-timeout'],
  'checklist 155: BEGIN and COMMIT in a revision': ['sql-transaction-control'],
  'checklist 156: a fill in the transaction that changes the schema': [
    'sql-fill-with-schema-change',
    'fill-in-schema-change',
    'sql-fill-at-once',
  ],
};
for (const [fact, ids] of Object.entries(FACTS))
  test(`${fact} is judged, the safe way shown, and the same on a new table exempt`, async () => {
    for (const id of ids) {
      const { unsafe, safe } = examples[id];
      const judged = async (revision: Revision, isReleased = true) => {
        const { released: newest, ...project } = projectWith(revision);
        const { findings } = await lint({ ...project, ...(isReleased && newest !== undefined ? { released: newest } : {}) });
        return findings.filter(({ rule, revision: of }) => rule === id && of === revision.id);
      };
      const [said] = await judged(unsafe.revision);
      assert.ok(said?.rewrite !== undefined && said.file === '0003-example.ts', id);
      assert.deepEqual(await judged(safe.revision), [], id);
      // Where no release has the table yet nobody waits and nothing is lost; what is wrong with a statement by itself stays wrong.
      const isOfTheTable = !id.startsWith('sql-') && id !== 'type-change-without-using';
      if (isOfTheTable || id === 'sql-fill-at-once') assert.deepEqual(await judged(unsafe.revision, false), [], id);
    }
  });

for (const target of everydayEngines().filter(({ name }) => !name.includes('pgbouncer'))) {
  test(`checklist 111-118, F54: rules that count rows fire where the rows are, and nowhere else (${target.name})`, {
    skip: target.skip,
  }, async () => {
    for (const rule of rules as readonly Rule[]) {
      if (rule.live === undefined) continue;
      for (const kind of ['unsafe', 'safe'] as const) {
        const { revision, rows = [] }: Example = examples[rule.id as RuleId][kind];
        await onFresh(target, async ({ engine, run, query }) => {
          await upgrade(run(released));
          for (const sql of rows) await query(sql);
          const { findings, location } = await lint(projectWith(revision), { engine });
          assert.equal(location, engine.location);
          const isExpected = kind === 'unsafe' && (rule.id !== 'sqlite-rebuild' || engine.capabilities.rebuildsTables);
          assert.equal(
            findings.some((finding) => finding.rule === rule.id),
            isExpected,
            `${rule.id}, ${kind}: ${JSON.stringify(findings)}`,
          );
        });
      }
    }
  });

  test(
    `F54: a new reference whose rows would all get one value is judged by whether its parent is there (${target.name})`,
    {
      skip: target.skip,
    },
    () =>
      onFresh(target, async ({ engine, run, query }) => {
        await upgrade(run(released));
        await query("INSERT INTO parcel (label) VALUES ('a'), ('b')");
        const reference = (...added: readonly Change[]): Revision => ({
          id: '0003',
          name: 'home',
          upgrade: [
            alterTable(
              'parcel',
              addColumn('colour', text({ nullable: true })),
              ...added,
              addForeignKey({ name: 'fk_home', columns: ['home_id'], references: { table: 'depot', columns: ['id'] } }),
            ),
          ],
          downgrade: 'no.',
        });
        const orphans = async (revision: Revision): Promise<readonly string[]> =>
          (await lint(projectWith(revision), { engine })).findings
            .filter(({ rule }) => rule === 'foreign-key-orphans')
            .map(({ what }) => what);
        const filled = reference(addColumn('home_id', int64(), { fill: '3 + 4' }));
        const constant = reference(addColumn('home_id', int64({ default: 7 })));
        const said = ['fk_home: 2 rows of parcel without a row in depot.'];
        assert.deepEqual([await orphans(filled), await orphans(constant)], [said, said]);
        await query("INSERT INTO depot (id, town) VALUES (7, 'home')");
        const quiet = [
          filled,
          constant,
          reference(addColumn('home_id', int64({ nullable: true }))),
          // What is not there yet cannot be asked for.
          reference(addColumn('home_id', int64({ nullable: true }), { fill: 'length(colour)' })),
        ];
        for (const revision of quiet) assert.deepEqual(await orphans(revision), []);
      }),
  );

  test(
    `checklist 112, 115, 117: what is said has the counts and the keys, through renames that are pending too (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ engine, run, query }) => {
        await upgrade(run(released));
        await query("INSERT INTO parcel (label, grams) VALUES ('a', 1), ('b', NULL), ('a', 2), ('c', NULL)");
        const renamed: Revision = {
          id: '0003',
          name: 'weight',
          upgrade: [alterTable('parcel', { kind: 'renameColumn', name: 'grams', to: 'weight' })],
          downgrade: 'no.',
        };
        const dropped: Revision = {
          id: '0004',
          name: 'drop',
          upgrade: [
            alterTable(
              'parcel',
              { kind: 'addUnique', unique: { name: 'uq_label', columns: ['label'] } },
              { kind: 'dropColumn', name: 'weight' },
            ),
          ],
          downgrade: 'no.',
        };
        const { findings } = await lint(projectWith(renamed, dropped), { engine });
        const said = (rule: string): string | undefined => findings.find((finding) => finding.rule === rule)?.what;
        assert.equal(said('drop-column-with-values'), 'parcel.weight is dropped with 2 values.');
        assert.equal(said('unique-with-duplicates'), 'uq_label cannot be made: 1 key there more than once: (a) 2 times.');
        await upgrade(run([...released, renamed]));
        assert.equal(
          (await lint(projectWith(renamed, dropped), { engine })).findings.some(({ rule }) => rule === 'drop-column-with-values'),
          true,
        );
      }),
  );
}

test('checklist 119, 120: a column that may be empty from now on, and another default, are silent', async () => {
  const relaxed: Revision = {
    id: '0003',
    name: 'relaxed',
    upgrade: [
      alterTable(
        'parcel',
        { kind: 'changeColumn', name: 'label', column: text({ nullable: true }) },
        { kind: 'changeColumn', name: 'note', column: text({ nullable: true, default: 'none' }) },
      ),
    ],
    downgrade: 'no.',
  };
  assert.deepEqual(
    (await lint(projectWith(relaxed))).findings.filter(({ level }) => level !== 'note'),
    [],
  );
});

test('checklist 157: an ignore needs a reason, a rule that exists, and something to ignore', async () => {
  const unsafe = examples['index-not-concurrent'].unsafe.revision;
  const judged = async (ignores: Record<string, string>): Promise<string[]> =>
    (await lint(projectWith({ ...unsafe, ignores }))).findings.map(({ rule }) => rule);
  assert.deepEqual(await judged({}), ['index-not-concurrent']);
  assert.deepEqual(await judged({ 'index-not-concurrent': 'parcel has at most twenty rows' }), []);
  assert.deepEqual(await judged({ 'index-not-concurrent': 'ok' }), ['ignore-without-reason']);
  assert.deepEqual(await judged({ 'index-not-concurent': 'parcel has at most twenty rows' }), [
    'index-not-concurrent',
    'unknown-ignore',
  ]);
  assert.deepEqual(
    await judged({ 'index-not-concurrent': 'parcel has at most twenty rows', 'rename-table': 'nobody asks for it by name' }),
    ['unused-ignore'],
  );
  // It counts rows, and no database was asked: nobody knows whether it has something to say.
  assert.deepEqual(
    await judged({ 'index-not-concurrent': 'parcel has at most twenty rows', 'value-in-use': 'nobody has the old value' }),
    [],
  );
});

test('checklist 158: the way down is judged too: its locks, and where it leads', async () => {
  const up = examples['index-not-concurrent'].unsafe.revision.upgrade;
  const down = [alterTable('parcel', { kind: 'dropIndex', name: 'ix_new' })];
  const judged = async (revision: Partial<Revision>): Promise<string[]> => {
    const { findings } = await lint(projectWith({ id: '0003', name: 'index', upgrade: up, downgrade: down, ...revision }));
    return findings.map(({ rule, direction }) => `${rule} ${direction}`);
  };
  assert.deepEqual(await judged({}), ['index-not-concurrent up', 'drop-index-not-concurrent down']);
  assert.deepEqual(await judged({ isTransactional: false }), []);
  assert.deepEqual(await judged({ isTransactional: false, downgrade: [] }), ['down-leads-elsewhere up']);
});

test('lint: char(9), a function of SQLite, is not taken for a type with a length', async () => {
  const judged = async (sqlite: string): Promise<string[]> => {
    const step = { kind: 'sql', about: 'by hand', sqlite: [sqlite], postgres: [sqlite] } as const;
    const { findings } = await lint(projectWith({ id: '0003', name: 'x', upgrade: [step], downgrade: 'no.' }));
    return findings.map(({ rule }) => rule).filter((rule) => rule === 'length-not-enforced');
  };
  for (const type of [
    'CREATE TABLE extra (code char(3))',
    'SELECT CAST(label AS char(3)) FROM memo',
    'CREATE TABLE e ("c" CHAR(3))',
  ])
    assert.deepEqual(await judged(type), ['length-not-enforced'], type);
  for (const call of [
    "UPDATE memo SET words = replace(words, char(9), ' ')",
    'SELECT char(9) || words FROM memo',
    'SELECT CASE WHEN words = char(9) THEN char(10) ELSE char(13) END FROM memo',
  ])
    assert.deepEqual(await judged(call), [], call);
});

test('lint: exit code 1 where something is unsafe, 2 where a person must decide, else 0; each finding names file and rule', async () => {
  const report = await lint(projectWith(examples['index-not-concurrent'].unsafe.revision));
  assert.equal(exitCodeOf(report), 1);
  assert.match(
    lintLines(report).join('\n'),
    /error {2}0003-example\.ts {2}index-not-concurrent\n.*ix_new.*\n[\s\S]*isTransactional: false/,
  );
  assert.equal(exitCodeOf(await lint(projectWith(examples['sql-for-one-engine'].unsafe.revision))), 2);
  assert.equal(exitCodeOf(await lint(projectWith(examples['sqlite-rebuild'].safe.revision))), 1);
  assert.equal(exitCodeOf(await lint(projectWith())), 0);
});

test('lint: a release inside a squashed range still counts as one that uses its tables, with the old files and without', async () => {
  const third: Revision = {
    id: '0003',
    name: 'remark',
    upgrade: [alterTable('parcel', addColumn('remark', text({ nullable: true })))],
    downgrade: [alterTable('parcel', dropColumn('remark'))],
  };
  const { revision: squashed } = squash([...released, third]);
  const { replaced: _, ...bare } = squashed;
  const next = (contracts?: string): Revision => ({
    id: '0004',
    name: 'drop',
    upgrade: [alterTable('parcel', dropColumn('grams'))],
    downgrade: 'no.',
    ...(contracts === undefined ? {} : { contracts }),
  });
  for (const first of [squashed, bare]) {
    const judged = async (revision: Revision): Promise<string[]> => {
      const { findings } = await lint({ schema: schema({}), revisions: [first, revision], released: '0002' });
      return findings.filter(({ level }) => level === 'error').map((finding) => `${finding.revision} ${finding.rule}`);
    };
    assert.deepEqual(await judged(next()), ['0004 drop-column-without-contract']);
    assert.deepEqual(await judged(next('0002')), []);
  }
  // What no release has of it is looked at as it was written.
  const { revisions } = await lint({ schema: schema({}), revisions: [squashed, next()], released: '0002' });
  assert.deepEqual(revisions, ['0003', '0004']);
});

test('lint: a database between squashed revisions has its rows counted', () =>
  onFresh(engines()[0] as Target, async ({ engine, run, query }) => {
    await upgrade(run(released.slice(0, 1)));
    await query("INSERT INTO parcel (label, grams) VALUES ('a', 1)");
    const { revision: squashed } = squash(released);
    const drop: Revision = { id: '0003', name: 'drop', upgrade: [alterTable('parcel', dropColumn('grams'))], downgrade: 'no.' };
    const { findings } = await lint({ schema: schema({}), revisions: [squashed, drop], released: '0002' }, { engine });
    assert.deepEqual(
      findings.filter(({ rule }) => rule === 'drop-column-with-values').map(({ what }) => what),
      ['parcel.grams is dropped with 1 value.'],
    );
  }));
