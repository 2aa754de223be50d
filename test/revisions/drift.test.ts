import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from '../../src/engine/engine.ts';
import { checkDatabase } from '../../src/revisions/check.ts';
import { type DriftItem, readDrift } from '../../src/revisions/drift.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { replay } from '../../src/revisions/state.ts';
import { readStoredForm } from '../../src/revisions/stored-form.ts';
import { factOf } from '../../src/schema/form.ts';
import { engines } from '../support/database.ts';
import { everyFeature } from './every-feature.ts';
import { type Bench, directPostgres, first, onFresh, second, sql } from './own-schema.ts';

const state = replay(everyFeature);
const project = { schema: state, revisions: everyFeature };

interface Damage {
  readonly what: string;
  readonly sqlite?: string;
  readonly postgres?: string;
  /** What check has to say, in order. */
  readonly finds: readonly [kind: DriftItem['kind'], words: RegExp][];
}

const both = (text: string) => ({ sqlite: text, postgres: text });

/** Damage of every kind, done by hand with rows in the tables. */
const DAMAGE: readonly Damage[] = [
  { what: 'an index', ...both('DROP INDEX parcel_label_low'), finds: [['missing', /index "parcel_label_low" \(«lower\(/]] },
  {
    what: 'the condition of an index',
    ...both('DROP INDEX parcel_fragile; CREATE INDEX parcel_fragile ON parcel (handled_at DESC) WHERE rank > 5'),
    finds: [['changed', /where «/]],
  },
  { what: 'a view', ...both('DROP VIEW heavy'), finds: [['missing', /"heavy" view/]] },
  {
    what: 'what a view selects',
    ...both('DROP VIEW heavy; CREATE VIEW heavy AS SELECT id FROM parcel'),
    finds: [['changed', /"heavy" view/]],
  },
  {
    what: 'a trigger',
    sqlite: 'DROP TRIGGER parcel_counts',
    postgres: 'DROP TRIGGER parcel_counts ON parcel',
    finds: [['missing', /trigger "parcel_counts"/]],
  },
  {
    what: 'what a trigger does',
    sqlite: 'DROP TRIGGER parcel_counts; CREATE TRIGGER parcel_counts AFTER INSERT ON parcel BEGIN SELECT 1; END',
    postgres:
      'CREATE OR REPLACE FUNCTION parcel_counts_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$',
    finds: [['changed', /trigger "parcel_counts"/]],
  },
  {
    what: 'a check',
    ...both('ALTER TABLE parcel DROP CONSTRAINT parcel_rank'),
    finds: [['missing', /check "parcel_rank" «/]],
  },
  {
    what: 'the condition of a check',
    ...both('ALTER TABLE parcel DROP CONSTRAINT parcel_rank; ALTER TABLE parcel ADD CONSTRAINT parcel_rank CHECK (rank > -5)'),
    finds: [['changed', /check "parcel_rank" «/]],
  },
  {
    what: 'the allowed values of a column',
    ...both('ALTER TABLE parcel DROP CONSTRAINT ck_parcel_class'),
    finds: [['missing', /check "ck_parcel_class"/]],
  },
  { what: 'a column', ...both('ALTER TABLE parcel DROP COLUMN note'), finds: [['missing', /column "note"/]] },
  {
    what: 'a column that is required',
    ...both('ALTER TABLE depot ALTER COLUMN latitude DROP NOT NULL'),
    finds: [['changed', /column "latitude".*not null/]],
  },
  {
    what: 'a unique constraint',
    postgres: 'ALTER TABLE parcel DROP CONSTRAINT parcel_rank_once',
    finds: [['missing', /unique "parcel_rank_once"/]],
  },
  {
    what: 'a foreign key',
    postgres: 'ALTER TABLE parcel DROP CONSTRAINT fk_parcel_depot_id',
    finds: [['missing', /foreign key "fk_parcel_depot_id"/]],
  },
  {
    what: 'a foreign key that was never proved',
    postgres:
      'ALTER TABLE parcel DROP CONSTRAINT fk_parcel_depot_id; ALTER TABLE parcel ADD CONSTRAINT fk_parcel_depot_id FOREIGN KEY (depot_id) REFERENCES depot (id) ON DELETE CASCADE ON UPDATE RESTRICT NOT VALID',
    finds: [['changed', /not valid/]],
  },
  { what: 'a type', postgres: 'ALTER TABLE parcel ALTER COLUMN note TYPE varchar(10)', finds: [['changed', /column "note"/]] },
  { what: 'a default', postgres: "ALTER TABLE depot ALTER COLUMN code SET DEFAULT 'x'", finds: [['changed', /column "code"/]] },
  { what: 'a comment', postgres: "COMMENT ON COLUMN parcel.note IS 'other'", finds: [['changed', /comment on "note"/]] },
  {
    what: 'the type of a sequence',
    postgres: 'ALTER SEQUENCE depot_id_seq AS integer',
    finds: [['changed', /sequence "depot_id_seq"/]],
  },
];

async function filled({ run, direct, engine }: Bench): Promise<void> {
  await upgrade(run(everyFeature));
  await direct(async (connection) => {
    await connection.script("INSERT INTO depot (place, is_open) VALUES ('Ulm', true)");
    await connection.script(
      `INSERT INTO parcel (depot_id, "Address line", class, weight, volume, is_fragile, rank) SELECT id, 'to you', 'huge', 7, 2, ${engine.ddl.literal(false)}, 4 FROM depot`,
    );
  });
}

const drift = (connection: Connection, { engine }: Bench) => readDrift(connection, engine, state);

for (const target of engines()) {
  const { skip } = target;
  for (const damage of DAMAGE) {
    const statements = target.name === 'sqlite' ? damage.sqlite : damage.postgres;
    if (statements === undefined) continue;
    test(
      `F58: ${damage.what}, changed by hand, is found, and the SQL that is printed repairs it (${target.name})`,
      { skip },
      () =>
        onFresh(target, async (bench) => {
          await filled(bench);
          await bench.direct(async (connection) => {
            assert.deepEqual(await drift(connection, bench), { items: [] });
            await connection.script(statements);
            const { items } = await drift(connection, bench);
            assert.deepEqual(
              items.map((item) => item.kind),
              damage.finds.map(([kind]) => kind),
            );
            for (const [i, [, words]] of damage.finds.entries()) assert.match(`${items[i]?.expected} ${items[i]?.actual}`, words);
            for (const item of items) for (const text of item.sql) await connection.script(text);
          });
          await bench.direct(async (connection) => {
            assert.deepEqual(await drift(connection, bench), { items: [] });
            const rows = await connection.query('SELECT count(*) AS n FROM parcel');
            assert.equal(rows[0]?.n, 1, 'the rows are still there');
          });
          const report = await bench.direct((connection) => checkDatabase(connection, bench.engine, project));
          assert.equal(report.isEqual, true);
        }),
    );
  }

  test(
    `F58: what a revision made with SQL of its own is compared too, and brought back from the ledger (${target.name})`,
    { skip },
    () =>
      onFresh(target, async ({ engine, run, direct }) => {
        const own = {
          id: '0002',
          name: 'own_sql',
          upgrade: [
            sql(
              'an index and views',
              'CREATE INDEX by_label ON parcel (lower(label) DESC) WHERE grams > 3',
              'CREATE VIEW heavy AS SELECT label FROM parcel WHERE grams > 3',
              'CREATE VIEW named (one, "the other") AS SELECT id, label FROM parcel',
            ),
            {
              kind: 'sql' as const,
              about: 'a trigger',
              sqlite: ["CREATE TRIGGER own AFTER DELETE ON parcel WHEN OLD.grams > 3 BEGIN SELECT raise(ABORT, 'no'); END"],
              postgres: [
                "CREATE FUNCTION own() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
                'CREATE TRIGGER own AFTER DELETE ON parcel FOR EACH ROW WHEN (OLD.grams > 3) EXECUTE FUNCTION own()',
              ],
            },
          ],
          downgrade: [],
        };
        await upgrade(run([first, own]));
        await direct(async (connection) => {
          await connection.script('DROP INDEX by_label; DROP VIEW heavy; DROP VIEW named');
          await connection.script(target.name === 'sqlite' ? 'DROP TRIGGER own' : 'DROP TRIGGER own ON parcel');
          const { items } = await readDrift(connection, engine, replay([first, own]));
          assert.equal(items.length, 4);
          for (const item of items) for (const text of item.sql) await connection.script(text);
          assert.deepEqual(await readDrift(connection, engine, replay([first, own])), { items: [] });
        });
      }),
  );

  test(`a whole table that is gone, and one that is new, are one finding each (${target.name})`, { skip }, () =>
    onFresh(target, async ({ engine, run, direct }) => {
      await upgrade(run([first, second]));
      await direct(async (connection) => {
        await connection.script('DROP TABLE depot; CREATE TABLE mine (a integer PRIMARY KEY, b text)');
        const { items } = await readDrift(connection, engine, replay([first, second]));
        assert.deepEqual(
          items.map((item) => [item.kind, item.expected ?? item.actual]),
          [
            ['missing', `"depot" table${target.name === 'sqlite' ? ' strict' : ''}`],
            ['extra', '"mine" table'],
          ],
        );
        assert.match(items[0]?.advice ?? '', /backup/);
        for (const text of items[0]?.sql ?? []) await connection.script(text);
        assert.deepEqual(
          (await readDrift(connection, engine, replay([first, second]))).items.map((item) => item.kind),
          ['extra'],
        );
      });
    }),
  );
}

for (const target of directPostgres()) {
  test(
    `a newer server may put an expression in other words: that is no drift, a lost index still is (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async (bench) => {
        await filled(bench);
        await bench.query(
          "UPDATE schema_revision SET schema_form = replace(regexp_replace(schema_form, '^postgres [0-9]+', 'postgres 9'), '%', '% 1 *') WHERE schema_form IS NOT NULL",
        );
        await bench.direct(async (connection) => {
          assert.match((await readStoredForm(connection, bench.engine))?.lines.join('\n') ?? '', /% 1 \*/);
          assert.deepEqual(await drift(connection, bench), { items: [] });
          await connection.script('DROP INDEX parcel_label_low');
          assert.equal((await drift(connection, bench)).items.length, 1);
        });
      }),
  );
}

test('on SQLite a table that cannot be changed in place is built anew by the SQL that is printed, once for all of it', () =>
  onFresh(engines()[0]!, async (bench) => {
    await filled(bench);
    await bench.direct(async (connection) => {
      // As somebody's script would: the table made anew, with a key, an action and a default lost on the way.
      const objects = await connection.query(
        "SELECT type, sql AS text FROM sqlite_schema WHERE tbl_name = 'parcel' AND sql IS NOT NULL",
      );
      const text = String(objects.find((object) => object.type === 'table')?.text);
      const damaged = text
        .replace('CONSTRAINT "parcel_rank_once" UNIQUE ("rank")', 'CHECK (1)')
        .replace(' ON DELETE CASCADE', '')
        .replace('"sent_at" TEXT', '"sent_at" TEXT COLLATE NOCASE')
        .replace('CREATE TABLE "parcel"', 'CREATE TABLE "other"');
      const columns = '"id", "depot_id", "Address line", "class", "weight", "volume", "is_fragile", "rank"';
      await connection.script(`PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; ${damaged};
        INSERT INTO other (${columns}) SELECT ${columns} FROM parcel; DROP TABLE parcel; ALTER TABLE other RENAME TO parcel`);
      for (const object of objects) if (object.type !== 'table') await connection.script(String(object.text));
      await connection.script("UPDATE sqlite_sequence SET seq = 41 WHERE name = 'parcel'");
    });
    await bench.direct(async (connection) => {
      const { items } = await drift(connection, bench);
      assert.deepEqual(items.map((item) => [item.kind, factOf(item.expected ?? item.actual ?? '').kind]).toSorted(), [
        ['changed', 'column'],
        ['changed', 'foreign key'],
        ['extra', 'check'],
        ['missing', 'unique'],
      ]);
      assert.equal(items.filter((item) => item.sql.length > 0).length, 1, JSON.stringify(items, undefined, 1));
      for (const item of items) for (const text of item.sql) await connection.script(text);
    });
    await bench.direct(async (connection) => {
      assert.deepEqual(
        (await drift(connection, bench)).items.filter((item) => item.kind !== 'extra'),
        [],
      );
      const [next] = await connection.query("SELECT seq AS v FROM sqlite_sequence WHERE name = 'parcel'");
      assert.equal(next?.v, 41, 'ids go on where they were');
    });
  }));

test('the SQL that builds a table anew brings values back to their type, and is not given where it would lose what no revision knows', () =>
  onFresh(engines()[0]!, async (bench) => {
    const { run, query, direct, engine } = bench;
    await upgrade(run([first]));
    const [row] = await query("SELECT sql FROM sqlite_schema WHERE name = 'parcel'");
    const damaged = String(row?.sql).replace('"grams" INTEGER', '"grams" TEXT');
    assert.notEqual(damaged, row?.sql);
    await direct((connection) =>
      connection.script(
        `DROP TABLE parcel; ${damaged}; INSERT INTO parcel (label, grams) VALUES ('a', 7); CREATE INDEX by_hand ON parcel (label)`,
      ),
    );
    const found = () => direct((connection) => readDrift(connection, engine, replay([first])));
    const named = (await found()).items.find((item) => item.kind === 'changed');
    assert.deepEqual([named?.sql, /would lose index by_hand/.test(named?.advice ?? '')], [[], true]);

    await query('DROP INDEX by_hand');
    const script = (await found()).items.flatMap((item) => item.sql);
    const lossy = script.map((sql) => (sql.startsWith('INSERT INTO "__new_parcel"') ? `${sql} WHERE 0` : sql));
    await assert.rejects(
      direct(async (connection) => {
        for (const sql of lossy) await connection.script(sql);
      }),
      /every row of parcel is there/,
    );
    await direct(async (connection) => {
      for (const sql of script) await connection.script(sql);
    });
    assert.deepEqual(await found(), { items: [] });
    const [value] = await query('SELECT typeof(grams) AS type, CAST(grams AS TEXT) AS text FROM parcel');
    assert.deepEqual(value, { type: 'integer', text: '7' });
  }));
