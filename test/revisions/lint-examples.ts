import type { Change } from '../../src/revisions/change.ts';
import type { RuleId } from '../../src/revisions/lint/rules/all.ts';
import type { Project } from '../../src/revisions/project.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import {
  alterTable,
  backfill,
  createTable,
  createView,
  dropTable,
  dropView,
  renameTable,
  type Step,
} from '../../src/revisions/step.ts';
import { boolean, generatedId, int32, int64, schema, table, text, type View } from '../../src/schema/index.ts';

const depot = table('depot', { columns: { id: generatedId(), town: text() }, primaryKey: ['id'] });
const parcel = table('parcel', {
  columns: {
    id: generatedId(),
    label: text(),
    grams: int64({ nullable: true }),
    seats: int32({ nullable: true }),
    size: text({ oneOf: ['s', 'm'], nullable: true }),
    is_paid: boolean({ default: false }),
    depot_id: int64({ nullable: true }),
  },
  primaryKey: ['id'],
  indexes: { ix_parcel_seats: ['seats'] },
  triggers: { tr_parcel: { timing: 'after', event: 'delete', body: { sqlite: 'SELECT 1;', postgres: 'RETURN OLD;' } } },
});
const stamp = table('stamp', {
  columns: { id: generatedId(), parcel_id: int64() },
  primaryKey: ['id'],
  references: { parcel_id: { to: 'parcel.id', onDelete: 'cascade' } },
});
const memo = table('memo', { columns: { id: generatedId(), words: text({ nullable: true }) }, primaryKey: ['id'] });
const towns: View = { name: 'town', query: 'SELECT id, town FROM depot', reads: ['depot'] };

/** What a release has: the newest is 0002. */
export const released: readonly Revision[] = [
  {
    id: '0001',
    name: 'base',
    upgrade: [...[depot, parcel, stamp, memo].map((entry) => createTable(entry)), createView(towns)],
    downgrade: 'the first.',
  },
  {
    id: '0002',
    name: 'room',
    upgrade: [alterTable('parcel', { kind: 'addColumn', name: 'note', column: text({ nullable: true }) })],
    downgrade: 'not needed.',
  },
];

/** A project whose newest release is 0002, with these revisions after it. */
export const projectWith = (...more: readonly Revision[]): Project => ({
  schema: schema({}),
  revisions: [...released, ...more],
  released: '0002',
});

export interface Example {
  readonly revision: Revision;
  /** Rows that are there before, for rules that count. */
  readonly rows?: readonly string[];
}

type Parts = Partial<Pick<Revision, 'isTransactional' | 'contracts' | 'downgrade'>> & { readonly rows?: readonly string[] };

const of = (steps: Step | readonly Step[], { rows, ...parts }: Parts = {}): Example => ({
  revision: { id: '0003', name: 'example', upgrade: [steps].flat(), downgrade: 'not needed.', ...parts },
  ...(rows === undefined ? {} : { rows }),
});
const change = (...changes: Change[]): Step => alterTable('parcel', ...changes);
const column = (name: keyof typeof parcel.columns, to: object, using?: string): Change =>
  ({
    kind: 'changeColumn',
    name,
    column: { ...parcel.columns[name], ...to },
    ...(using === undefined ? {} : { using }),
  }) as Change;
const onPostgres = (...postgres: string[]): Step => ({ kind: 'sql', about: 'by hand', sqlite: [], postgres });
const onSqlite = (...sqlite: string[]): Step => ({ kind: 'sql', about: 'by hand', sqlite, postgres: [] });
const both = (sqlite: string, postgres: string = sqlite): Step => ({
  kind: 'sql',
  about: 'by hand',
  sqlite: [sqlite],
  postgres: [postgres],
});

const online: Parts = { isTransactional: false };
const afterRoom: Parts = { contracts: '0002' };
const nullable = text({ nullable: true });
const index: Change = {
  kind: 'addIndex',
  index: { name: 'ix_new', columns: [{ name: 'label', isDescending: false }], isUnique: false },
};
const unique: Change = { kind: 'addUnique', unique: { name: 'uq_label', columns: ['label'] } };
const foreignKey: Change = {
  kind: 'addForeignKey',
  foreignKey: { name: 'fk_depot', columns: ['depot_id'], references: { table: 'depot', columns: ['id'] } },
};
const check: Change = { kind: 'addCheck', check: { name: 'ck_grams', expression: 'grams > 0' } };
const required = column('grams', { isNullable: false, hasDefault: false });
const fill = backfill({ about: 'fill grams', table: 'parcel', set: { grams: '1' }, where: 'grams IS NULL' });
const fresh = (name: string): Step =>
  createTable(table(name, { columns: { id: generatedId(), label: text({ nullable: true }) }, primaryKey: ['id'] }));

const parcels = ["INSERT INTO parcel (label, grams, size) VALUES ('a', 1, 's'), ('b', NULL, 'm'), ('a', 2, 'm')"];
const noRows: readonly string[] = [];

/** An unsafe and a safe example of every rule: a rule without them does not compile. */
export const examples: { readonly [Id in RuleId]: { readonly unsafe: Example; readonly safe: Example } } = {
  'add-column-with-fill': {
    unsafe: of(change({ kind: 'addColumn', name: 'extra', column: nullable, fill: 'lower(label)' })),
    safe: of([
      change({ kind: 'addColumn', name: 'extra', column: nullable }),
      backfill({ about: 'fill', table: 'parcel', set: { extra: 'label' }, where: 'extra IS NULL' }),
    ]),
  },
  'add-required-column': {
    unsafe: of(change({ kind: 'addColumn', name: 'extra', column: int64() })),
    safe: of(change({ kind: 'addColumn', name: 'extra', column: int64({ default: 0 }) })),
  },
  'computed-column': {
    unsafe: of(change({ kind: 'addColumn', name: 'extra', column: int64({ computed: 'grams * 2' }) })),
    safe: of(change({ kind: 'addColumn', name: 'extra', column: int64({ nullable: true }) })),
  },
  'add-generated-id': {
    unsafe: of(change({ kind: 'addColumn', name: 'extra', column: generatedId() })),
    safe: of(change({ kind: 'addColumn', name: 'extra', column: int64({ nullable: true }) })),
  },
  'reference-with-default': {
    unsafe: of(
      change({ kind: 'addColumn', name: 'home_id', column: int64({ default: 1 }) }, {
        ...foreignKey,
        foreignKey: { ...(foreignKey as Extract<Change, { kind: 'addForeignKey' }>).foreignKey, columns: ['home_id'] },
      } as Change),
    ),
    safe: of(
      change({ kind: 'addColumn', name: 'home_id', column: int64({ nullable: true }) }, {
        ...foreignKey,
        foreignKey: { ...(foreignKey as Extract<Change, { kind: 'addForeignKey' }>).foreignKey, columns: ['home_id'] },
      } as Change),
    ),
  },
  'not-null-at-once': { unsafe: of(change(required), afterRoom), safe: of(change(required), { ...afterRoom, ...online }) },
  'change-type': {
    unsafe: of(change(column('seats', { type: 'int64' }))),
    safe: of(change({ kind: 'addColumn', name: 'seats_int64', column: int64({ nullable: true }) })),
  },
  'type-change-without-using': {
    unsafe: of(change(column('label', { type: 'int64' }))),
    safe: of(change(column('label', { type: 'int64' }, 'CAST(label AS bigint)'), column('grams', { type: 'int32' }))),
  },
  'fill-in-schema-change': {
    unsafe: of(change(column('grams', { isNullable: false, hasDefault: false }, 'coalesce(grams, 0)'))),
    safe: of(change(required)),
  },
  'index-not-concurrent': { unsafe: of(change(index)), safe: of(change(index), online) },
  'drop-index-not-concurrent': {
    unsafe: of(change({ kind: 'dropIndex', name: 'ix_parcel_seats' })),
    safe: of(change({ kind: 'dropIndex', name: 'ix_parcel_seats' }), online),
  },
  'unique-at-once': { unsafe: of(change(unique)), safe: of(change(unique), online) },
  'foreign-key-at-once': { unsafe: of(change(foreignKey)), safe: of(change(foreignKey), online) },
  'check-at-once': { unsafe: of(change(check)), safe: of(change(check), online) },
  'primary-key-change': {
    unsafe: of(alterTable('memo', { kind: 'changePrimaryKey', columns: ['id', 'words'] })),
    safe: of(change(unique), online),
  },
  'drop-column-without-contract': {
    unsafe: of(change({ kind: 'dropColumn', name: 'grams' })),
    safe: of(change({ kind: 'dropColumn', name: 'grams' }), afterRoom),
  },
  'drop-table-without-contract': { unsafe: of(dropTable('memo')), safe: of(dropTable('memo'), afterRoom) },
  'drop-view-without-contract': { unsafe: of(dropView('town')), safe: of([dropView('town'), createView(towns)]) },
  'view-away-between-commits': {
    unsafe: of([dropView('town'), createView(towns)], online),
    safe: of([dropView('town'), createView(towns)]),
  },
  'view-made-anew': { unsafe: of([dropView('town'), createView(towns)]), safe: of(dropView('town'), afterRoom) },
  'rename-column': {
    unsafe: of(change({ kind: 'renameColumn', name: 'grams', to: 'weight' })),
    safe: of([fresh('crate'), alterTable('crate', { kind: 'renameColumn', name: 'label', to: 'words' })]),
  },
  'rename-table': { unsafe: of(renameTable('memo', 'letter')), safe: of([fresh('crate'), renameTable('crate', 'chest')]) },
  'required-column-without-contract': {
    unsafe: of(change(required), online),
    safe: of(change(required), { ...online, ...afterRoom }),
  },
  'contract-before-expand': {
    unsafe: of(change({ kind: 'dropColumn', name: 'note' }), { contracts: '0002' }),
    safe: of(change({ kind: 'dropColumn', name: 'grams' }), { contracts: '0002' }),
  },
  'sql-transaction-control': { unsafe: of(both('COMMIT')), safe: of(both("SELECT 'COMMIT' -- COMMIT")) },
  'sql-if-exists': { unsafe: of(both('DROP VIEW IF EXISTS towns')), safe: of(both('DROP VIEW towns -- IF EXISTS')) },
  'sql-outside-transaction': {
    unsafe: of(onPostgres('-- by itself\nCREATE INDEX CONCURRENTLY ix ON memo (words)')),
    safe: of(onPostgres('CREATE INDEX CONCURRENTLY ix ON memo (words)'), online),
  },
  'sql-reindex': {
    unsafe: of(onPostgres('REINDEX TABLE parcel')),
    safe: of(onPostgres('REINDEX TABLE CONCURRENTLY parcel'), online),
  },
  'sql-rename': {
    unsafe: of(onPostgres("ALTER TYPE mood RENAME VALUE 'glad' TO 'happy'")),
    safe: of(onPostgres("ALTER TYPE mood ADD VALUE 'happy' -- RENAME"), online),
  },
  'sql-timeout': {
    unsafe: of(onPostgres("SET lock_timeout = '1h'")),
    safe: of(onPostgres("COMMENT ON TABLE memo IS 'SET lock_timeout'")),
  },
  'sql-cascade': { unsafe: of(onPostgres('TRUNCATE parcel CASCADE')), safe: of(onPostgres('DELETE FROM memo /* CASCADE */')) },
  'sql-changes-shape': {
    unsafe: of(onPostgres('ALTER TABLE "parcel" ADD COLUMN extra text')),
    safe: of(
      onPostgres(
        "UPDATE memo SET words = 'DROP TABLE parcel' -- ; DROP TABLE parcel\n",
        '/* DROP TABLE parcel; */ CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN DROP TABLE parcel; END $f$',
      ),
    ),
  },
  'sql-types': {
    unsafe: of(onPostgres('CREATE TABLE extra (id serial, at timestamp)')),
    safe: of(onPostgres('CREATE TABLE extra (id bigint PRIMARY KEY, at timestamp with time zone, data jsonb)')),
  },
  'sql-enum-value-used': {
    unsafe: of(onPostgres("ALTER TYPE mood ADD VALUE 'glad'", "INSERT INTO feeling VALUES ('glad')")),
    safe: of(onPostgres("ALTER TYPE mood ADD VALUE 'glad'", "INSERT INTO feeling VALUES ('glad')"), online),
  },
  'sql-validate-at-once': {
    unsafe: of(
      onPostgres('ALTER TABLE extra ADD CONSTRAINT c CHECK (a > 0) NOT VALID', 'ALTER TABLE extra VALIDATE CONSTRAINT c'),
    ),
    safe: of(
      onPostgres('ALTER TABLE extra ADD CONSTRAINT c CHECK (a > 0) NOT VALID', 'ALTER TABLE extra VALIDATE CONSTRAINT c'),
      online,
    ),
  },
  'sql-fill-with-schema-change': {
    unsafe: of([change({ kind: 'addColumn', name: 'extra', column: nullable }), both("UPDATE parcel SET extra = 'x'")]),
    safe: of([change({ kind: 'addColumn', name: 'extra', column: nullable }), fill]),
  },
  'sql-fill-at-once': { unsafe: of(both('UPDATE parcel SET grams = 1')), safe: of(fill) },
  'sql-pragma': { unsafe: of(onSqlite('PRAGMA foreign_keys = OFF')), safe: of(onSqlite("SELECT 'PRAGMA foreign_keys'")) },
  'sql-for-one-engine': { unsafe: of(onSqlite('DELETE FROM memo')), safe: of(both('DELETE FROM memo')) },
  'sql-texts-differ': {
    unsafe: of(both('DELETE FROM memo', 'DELETE FROM stamp')),
    safe: of(both('DELETE FROM memo', 'DELETE FROM "memo"')),
  },
  'function-of-one-engine': {
    unsafe: of(backfill({ about: 'x', table: 'parcel', set: { note: "json_extract(label, '$.a')" }, where: 'note IS NULL' })),
    safe: of(
      backfill({
        about: 'x',
        table: 'parcel',
        set: { note: { sqlite: "json_extract(label, '$.a')", postgres: "label::jsonb #>> '{a}'" } },
        where: 'note IS NULL',
      }),
    ),
  },
  'like-with-letters': {
    unsafe: of(both("UPDATE memo SET words = 'x' WHERE words LIKE 'Ab%'")),
    safe: of([
      both("UPDATE memo SET words = 'x' WHERE lower(words) LIKE 'ab%'"),
      both("UPDATE memo SET words = 'x' WHERE words GLOB 'Ab*'", "UPDATE memo SET words = 'x' WHERE words LIKE 'Ab%'"),
      both("UPDATE memo SET words = 'x' WHERE words LIKE '%1%'"),
    ]),
  },
  'number-as-boolean': {
    unsafe: of(both('UPDATE parcel SET is_paid = 1')),
    safe: of(both('UPDATE parcel SET is_paid = 1', 'UPDATE parcel SET is_paid = true')),
  },
  'unquoted-mixed-case': { unsafe: of(both('UPDATE memo SET wordCount = 1')), safe: of(both('UPDATE memo SET "wordCount" = 1')) },
  nocase: {
    unsafe: of(
      change({
        kind: 'addIndex',
        index: {
          name: 'ux',
          isUnique: true,
          columns: [{ expression: { sqlite: 'label COLLATE NOCASE', postgres: 'lower(label)' }, isDescending: false }],
        },
      }),
      online,
    ),
    safe: of(
      change({
        kind: 'addIndex',
        index: { name: 'ux', isUnique: true, columns: [{ expression: 'lower(label)', isDescending: false }] },
      }),
      online,
    ),
  },
  'length-not-enforced': {
    unsafe: of(both('CREATE TABLE extra (code varchar(3))')),
    safe: of(both('CREATE TABLE extra (code text)')),
  },
  'sqlite-rebuild': { unsafe: of(change(unique), { rows: parcels }), safe: of(change(index), { rows: parcels }) },
  'drop-table-with-rows': {
    unsafe: of(dropTable('memo'), { rows: ["INSERT INTO memo (words) VALUES ('a')"] }),
    safe: of(dropTable('memo'), { rows: noRows }),
  },
  'drop-column-with-values': {
    unsafe: of(change({ kind: 'dropColumn', name: 'grams' }), { rows: parcels }),
    safe: of(change({ kind: 'dropColumn', name: 'note' }), { rows: parcels }),
  },
  'change-type-with-values': {
    unsafe: of(change(column('grams', { type: 'text' }, 'CAST(grams AS text)')), { rows: parcels }),
    safe: of(change(column('grams', { type: 'text' }, 'CAST(grams AS text)')), { rows: noRows }),
  },
  'required-with-nulls': {
    unsafe: of(change(required), { rows: parcels }),
    safe: of(change(column('grams', { isNullable: false, hasDefault: false }, 'coalesce(grams, 0)')), { rows: parcels }),
  },
  'required-column-on-rows': {
    unsafe: of(change({ kind: 'addColumn', name: 'extra', column: int64() }), { rows: parcels }),
    safe: of(change({ kind: 'addColumn', name: 'extra', column: int64() }), { rows: noRows }),
  },
  'unique-with-duplicates': {
    unsafe: of(change(unique), { rows: parcels }),
    safe: of(change({ kind: 'addUnique', unique: { name: 'uq', columns: ['label', 'size'] } }), { rows: parcels }),
  },
  'value-in-use': {
    unsafe: of(change(column('size', { oneOf: ['s', 'l'] })), { rows: parcels }),
    safe: of(change(column('size', { oneOf: ['s', 'm', 'l'] })), { rows: parcels }),
  },
  'check-violated': {
    unsafe: of(change({ kind: 'addCheck', check: { name: 'ck', expression: 'grams > 1' } }), { rows: parcels }),
    safe: of(change(check), { rows: parcels }),
  },
  'foreign-key-orphans': {
    unsafe: of(change(foreignKey), { rows: ["INSERT INTO parcel (label, depot_id) VALUES ('a', 7)"] }),
    safe: of(change(foreignKey), { rows: parcels }),
  },
  'down-leads-elsewhere': {
    unsafe: of(change(index, unique), { downgrade: [change({ kind: 'dropIndex', name: 'ix_new' })] }),
    safe: of(change(index, unique), {
      downgrade: [change({ kind: 'dropIndex', name: 'ix_new' }, { kind: 'dropUnique', name: 'uq_label' })],
    }),
  },
};
