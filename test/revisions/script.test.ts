// slow
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseDatabaseUrl } from '../../src/db/database-url.ts';
import type { Connection, Engine } from '../../src/engine/engine.ts';
import { statementsOf } from '../../src/engine/sql/statements.ts';
import { checkDatabase } from '../../src/revisions/check.ts';
import { targetOf } from '../../src/revisions/compile/target.ts';
import { readDrift } from '../../src/revisions/drift.ts';
import { pendingRevisions } from '../../src/revisions/pending.ts';
import { repair } from '../../src/revisions/repair.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { script } from '../../src/revisions/script/script.ts';
import { replay } from '../../src/revisions/state.ts';
import { alterTable, backfill, createTable, dropTable } from '../../src/revisions/step.ts';
import { int64, text } from '../../src/schema/index.ts';
import { engines, everydayEngines } from '../support/database.ts';
import { base, fillSamples } from './effect-history.ts';
import { samples } from './effect-samples.ts';
import { type Bench, directPostgres, first, hasCode, onFresh } from './own-schema.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const history: readonly Revision[] = [
  { ...base, downgrade: 'the first.' },
  {
    id: '0002',
    name: 'kinds',
    upgrade: [
      alterTable(
        'parcel',
        { kind: 'addColumn', name: 'kind', column: text({ nullable: true }) },
        { kind: 'changeColumn', name: 'grams', column: int64(), using: 'coalesce(grams, 0)' },
        { kind: 'addUnique', unique: { name: 'uq_both', columns: ['label', 'pieces'] } },
      ),
    ],
    downgrade: [
      alterTable(
        'parcel',
        { kind: 'dropUnique', name: 'uq_both' },
        { kind: 'changeColumn', name: 'grams', column: int64({ nullable: true }) },
        { kind: 'dropColumn', name: 'kind' },
      ),
    ],
  },
  {
    id: '0003',
    name: 'fill',
    upgrade: [backfill({ about: 'fill the kind', table: 'parcel', set: { kind: "'it''s; -- a box'" }, where: 'kind IS NULL' })],
    downgrade: [],
  },
  {
    id: '0004',
    name: 'indexed',
    upgrade: [
      alterTable(
        'parcel',
        { kind: 'addIndex', index: { name: 'ix_kind', columns: [{ name: 'kind', isDescending: false }], isUnique: false } },
        { kind: 'addCheck', check: { name: 'ck_kind', expression: "kind <> 'none'" } },
      ),
    ],
    downgrade: [alterTable('parcel', { kind: 'dropCheck', name: 'ck_kind' }, { kind: 'dropIndex', name: 'ix_kind' })],
    isTransactional: false,
  },
];

/** Where PostgreSQL 15 is installed, its own psql is there too. */
const psql = process.env.FLASHCASE_PG15_BIN === undefined ? '' : join(process.env.FLASHCASE_PG15_BIN, 'psql');

/** Runs a script with psql, or as it does: statement by statement, to the first error. SQLite takes it whole, as sqlite3 -bail does. */
async function feed({ engine, place, direct }: Bench, sql: string): Promise<void> {
  const address = parseDatabaseUrl(place.url, '/');
  if (typeof address === 'object' && address.engine === 'sqlite') {
    const database = new DatabaseSync(address.file);
    try {
      database.exec(sql);
    } finally {
      database.close();
    }
    return;
  }
  assert.equal(engine.name, 'postgres');
  if (existsSync(psql)) {
    const { status, stderr } = spawnSync(psql, ['-q', '-X', '-v', 'ON_ERROR_STOP=1', '-f', '-', place.url], { input: sql });
    if (status !== 0) throw new Error(stderr.toString());
    return;
  }
  await direct(async (connection) => {
    for (const statement of statementsOf(sql, 'postgres')) await connection.script(statement.text);
  });
}

async function contents(connection: Connection, engine: Engine): Promise<unknown> {
  const rows = [];
  for (const table of ['depot', 'parcel', 'stamp', 'memo'])
    rows.push(await connection.query(`SELECT * FROM ${table} ORDER BY id`));
  return { form: await engine.introspect(connection), rows };
}

for (const target of everydayEngines().filter(({ name }) => !name.includes('pgbouncer'))) {
  const { skip } = target;
  const version = (engine: Engine) => targetOf(engine.name, engine.name === 'sqlite' ? '3.40' : '15');

  test(`checklist 133: a script made without a connection makes what upgrade makes: schema, rows and ledger (${target.name})`, {
    skip,
  }, async () => {
    const outcomes: unknown[] = [];
    for (const way of ['upgrade', 'script', 'both'] as const) {
      const isMixed = way === 'both';
      await onFresh(target, async (bench) => {
        const { engine, run, direct, ledger } = bench;
        const up = (from: string, to: string): string =>
          script({ revisions: history, target: version(engine), direction: 'up', from, to });
        if (way === 'upgrade' || isMixed) await upgrade(run(history), '0001');
        else await feed(bench, up('base', '0001'));
        await direct((connection) => fillSamples(connection, engine, 30));
        await direct((connection) => connection.execute('DELETE FROM stamp WHERE id = 30'));
        if (way === 'upgrade') await upgrade(run(history));
        else await feed(bench, up('0001', '0004'));
        const applied = await ledger();
        // The form that an upgrade kept with revision 0001 is not taken for today's.
        assert.deepEqual((await direct((connection) => readDrift(connection, engine, replay(history)))).items, []);
        assert.deepEqual(pendingRevisions(history, applied), []);
        assert.deepEqual(await upgrade(run(history)), []);
        outcomes.push({
          ledger: applied.map(({ id, name, hash, hashAlgorithm }) => ({ id, name, hash, hashAlgorithm })),
          now: await direct((connection) => contents(connection, engine)),
        });
        if (way === 'upgrade') await downgrade(run(history), '0001');
        else
          await feed(bench, script({ revisions: history, target: version(engine), direction: 'down', from: '0004', to: '0001' }));
        assert.deepEqual(
          (await ledger()).map(({ id }) => id),
          ['0001'],
        );
        outcomes.push(await direct((connection) => contents(connection, engine)));
      });
    }
    for (const i of [2, 4]) assert.deepEqual(outcomes.slice(i, i + 2), outcomes.slice(0, 2));
  });

  test(
    `checklist 132: a script from base runs where the ledger is there and empty, and says what else it found (${target.name})`,
    {
      skip,
    },
    () =>
      onFresh(target, async (bench) => {
        const { run, ledger } = bench;
        const text = script({ revisions: [first], target: version(bench.engine), direction: 'up', from: 'base', to: '0001' });
        await upgrade(run([first]), '0001');
        await assert.rejects(feed(bench, text), /exactly nothing was applied/);
        await downgrade(run([first]), 'base');
        await feed(bench, text);
        assert.deepEqual(
          (await ledger()).map(({ id }) => id),
          ['0001'],
        );
      }),
  );

  test(
    `after a script, check says that repair is still to run, as the script does, and is fine behind it (${target.name})`,
    {
      skip,
    },
    () =>
      onFresh(target, async (bench) => {
        const { engine, run, direct } = bench;
        const text = script({ revisions: history, target: version(engine), direction: 'up', from: 'base', to: '0004' });
        assert.match(text, /^-- Then flashcase db repair: it notes in the ledger what the schema is now/m);
        await feed(bench, text);
        const project = { revisions: history, schema: replay(history) };
        const check = () => direct((connection) => checkDatabase(connection, engine, project));
        const before = await check();
        assert.deepEqual([before.isEqual, before.drift.items], [false, []]);
        assert.match(before.drift.incomplete ?? '', /flashcase db repair takes one/);
        assert.deepEqual((await repair(run(history))).left, []);
        assert.equal((await check()).isEqual, true);
      }),
  );

  test(`a script that does not fit the database's ledger changes nothing (${target.name})`, { skip }, () =>
    onFresh(target, async (bench) => {
      const { engine, run, ledger, direct } = bench;
      await upgrade(run(history), '0001');
      await direct((connection) => fillSamples(connection, engine, 5));
      const before = await direct((connection) => contents(connection, engine));
      const late = script({ revisions: history, target: version(engine), direction: 'up', from: '0002', to: '0004' });
      await assert.rejects(feed(bench, late), /exactly 0001, 0002 was applied|FC_DB|could not run/);
      const right = script({ revisions: history, target: version(engine), direction: 'up', from: '0001', to: '0002' });
      assert.deepEqual(await direct((connection) => contents(connection, engine)), before);
      await feed(bench, right);
      const after = await direct((connection) => contents(connection, engine));
      await assert.rejects(feed(bench, right));
      assert.deepEqual(await direct((connection) => contents(connection, engine)), after);
      assert.deepEqual(
        (await ledger()).map(({ id }) => id),
        ['0001', '0002'],
      );
    }),
  );
}

for (const target of directPostgres()) {
  test(
    `what a script drops is kept aside, as upgrade keeps it: downgrade brings it back (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        const { engine, run, query, direct } = bench;
        const dropped: Revision = {
          id: '0002',
          name: 'no_memo',
          upgrade: [alterTable('parcel', { kind: 'dropColumn', name: 'note' }), dropTable('memo')],
          downgrade: [
            createTable(samples.tables.memo),
            alterTable('parcel', { kind: 'addColumn', name: 'note', column: samples.tables.parcel.columns.note }),
          ],
        };
        const both = [history[0] as Revision, dropped];
        await upgrade(run(both), '0001');
        await direct((connection) => fillSamples(connection, engine, 5));
        const values = () => query('SELECT (SELECT count(words) FROM memo) AS a, (SELECT count(note) FROM parcel) AS b');
        const before = await values();
        await feed(
          bench,
          script({ revisions: both, target: targetOf('postgres', '15'), direction: 'up', from: '0001', to: '0002' }),
        );
        await assert.rejects(values());
        assert.deepEqual(await downgrade(run(both), '0001'), ['0002']);
        assert.deepEqual(await values(), before);
      }),
  );
}

test('a script for SQLite says what to copy first, and one that goes back on PostgreSQL what it cannot bring back', () => {
  const of = (engine: 'sqlite' | 'postgres', direction: 'up' | 'down'): string =>
    script({
      revisions: history,
      target: targetOf(engine, engine === 'sqlite' ? '3.53' : '15'),
      direction,
      from: direction === 'up' ? '0001' : '0004',
      to: direction === 'up' ? '0004' : '0001',
    });
  assert.match(of('sqlite', 'up'), /^-- Copy the file first: .*\(parcel: change column grams; fill the kind/m);
  assert.match(of('postgres', 'down'), /^-- What an upgrade kept aside stays aside/m);
  assert.doesNotMatch(of('postgres', 'up'), /Copy the file|stays aside/);
});

test('a rebuild in a script stops before it loses an index nobody declared, a row or a value', () =>
  onFresh(engines()[0] as never, async (bench) => {
    const { engine, run, query, direct } = bench;
    await upgrade(run(history), '0001');
    await direct((connection) => fillSamples(connection, engine, 5));
    const up = script({ revisions: history, target: targetOf('sqlite', '3.40'), direction: 'up', from: '0001', to: '0002' });
    await query('CREATE INDEX by_hand ON parcel (note)');
    await assert.rejects(feed(bench, up), /history knows every index and trigger of parcel/);
    await query('DROP INDEX by_hand');
    const before = await direct((connection) => contents(connection, engine));
    const proofs: [string, RegExp][] = [
      [up.replace(/(INSERT INTO "__new_parcel" [^;]*);/, '$1 WHERE id > 1;'), /every row of parcel is there/],
      [up.replace('"label" AS "label"', 'upper("label") AS "label"'), /every row of parcel is there/],
      [
        up.replace('PRAGMA foreign_keys = OFF;', 'PRAGMA foreign_keys = OFF; INSERT INTO stamp (parcel_id) VALUES (77);'),
        /every reference has its row/,
      ],
    ];
    for (const [planted, said] of proofs) {
      assert.notEqual(planted, up);
      await assert.rejects(feed(bench, planted), said);
      await query('DELETE FROM stamp WHERE parcel_id = 77');
      await query("UPDATE sqlite_sequence SET seq = 5 WHERE name = 'stamp'");
      assert.deepEqual(await direct((connection) => contents(connection, engine)), before);
    }
  }));

test('a rebuild in a script takes along what other tables and views say of a renamed column', () =>
  onFresh(engines()[0] as never, async (bench) => {
    const { engine, run, query, direct } = bench;
    const renamed: Revision = {
      id: '0002',
      name: 'number',
      upgrade: [
        alterTable(
          'parcel',
          { kind: 'renameColumn', name: 'id', to: 'number' },
          { kind: 'renameColumn', name: 'size', to: 'format' },
          { kind: 'changeColumn', name: 'grams', column: int64(), using: 'coalesce(grams, 0)' },
        ),
      ],
      downgrade: [],
    };
    const both = [history[0] as Revision, renamed];
    await upgrade(run(both), '0001');
    await direct((connection) => fillSamples(connection, engine, 5));
    await query('CREATE VIEW sizes AS SELECT id, size FROM parcel');
    await feed(bench, script({ revisions: both, target: targetOf('sqlite', '3.40'), direction: 'up', from: '0001', to: '0002' }));
    assert.equal((await query('SELECT count(*) AS "rows.total" FROM sizes WHERE format = \'s\''))[0]?.['rows.total'], 5);
    const [key] = await query('SELECT "to" AS "key.to", "table" AS "key.table" FROM pragma_foreign_key_list(\'stamp\')');
    assert.deepEqual(key, { 'key.to': 'number', 'key.table': 'parcel' });
    assert.equal((await query('SELECT count(*) AS "rows.total" FROM parcel WHERE grams > 0'))[0]?.['rows.total'], 5);
  }));

test('script: a range that is none, one that goes the other way, and one without a way back, are refused in one sentence', () => {
  const of = (direction: 'up' | 'down', from: string, to: string) => () =>
    script({ revisions: history, target: targetOf('postgres', '15'), direction, from, to });
  assert.throws(of('up', '0009', '0004'), hasCode('FC_REVISION_UNKNOWN'));
  assert.throws(of('up', '0004', '0002'), hasCode('FC_BAD_REQUEST', /flashcase db downgrade 0002 --sql --from 0004/));
  assert.throws(of('up', '0004', 'base'), hasCode('FC_BAD_REQUEST'));
  assert.throws(of('down', '0002', '0004'), hasCode('FC_BAD_REQUEST', /flashcase db upgrade 0004 --sql --from 0002/));
  assert.throws(of('down', 'base', '0001'), hasCode('FC_BAD_REQUEST'));
  assert.throws(of('down', '0004', 'base'), hasCode('FC_REVISION_FAILED', /cannot be taken back: the first/));
});

test('upgrade --sql and downgrade --sql print a script for either engine and open no database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-script-'));
  try {
    const flashcase = (...args: string[]): string =>
      execFileSync(process.execPath, [join(root, 'bin/flashcase.mjs'), 'db', ...args], {
        env: { ...process.env, DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none', NODE_NO_WARNINGS: '1' },
        cwd: folder,
      }).toString();
    assert.match(
      flashcase('upgrade', '--sql'),
      /for PostgreSQL 15[\s\S]*CREATE TABLE "card"[\s\S]*INSERT INTO "schema_revision"/,
    );
    const lite = flashcase('upgrade', 'head', '--sql', '--target', 'sqlite=3.40');
    assert.match(lite, /for SQLite 3\.40/);
    const made = new DatabaseSync(':memory:');
    made.exec(lite);
    assert.ok(Number(made.prepare('SELECT count(*) AS n FROM schema_revision').get()?.n) >= 1);
    assert.match(flashcase('downgrade', 'base', '--sql', '--from', 'head'), /DROP TABLE "card"/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
