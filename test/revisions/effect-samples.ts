import type { Change } from '../../src/revisions/change.ts';
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
import { boolean, generatedId, int32, int64, schema, table, text, timestamp } from '../../src/schema/index.ts';

const depot = table('depot', {
  columns: { id: generatedId(), town: text() },
  primaryKey: ['id'],
  uniques: { uq_depot_town: ['town'] },
});
const parcel = table('parcel', {
  columns: {
    id: generatedId(),
    label: text(),
    grams: int64({ nullable: true }),
    pieces: int32(),
    seats: int32({ nullable: true }),
    size: text({ oneOf: ['s', 'm'] }),
    is_paid: boolean({ default: false }),
    note: text({ nullable: true, comment: 'for the driver' }),
    sent_at: timestamp({ nullable: true }),
    volume: int64({ nullable: true, computed: 'pieces + 1' }),
    depot_id: int64({ nullable: true }),
  },
  primaryKey: ['id'],
  // Of its own: what refers to the id finds it while the primary key changes.
  uniques: { uq_parcel_label: ['label'] },
  uniqueIndexes: { uq_parcel_id: ['id'] },
  indexes: { ix_parcel_grams: ['grams'], ix_parcel_lower: ['(lower(label))'] },
  references: { depot_id: { to: 'depot.id', name: 'fk_parcel_depot' } },
  checks: { ck_parcel_pieces_some: 'pieces > 0' },
  triggers: {
    tr_parcel: { timing: 'after', event: 'delete', body: { sqlite: 'SELECT 1;', postgres: 'RETURN OLD;' } },
  },
});
const stamp = table('stamp', {
  columns: { id: generatedId(), parcel_id: int64() },
  primaryKey: ['id'],
  references: { parcel_id: 'parcel.id' },
});
const note = table('memo', { columns: { id: generatedId(), words: text() }, primaryKey: ['id'] });

/** What every sample starts from; each table has rows. */
export const samples = schema({ depot, parcel, stamp, memo: note }, [
  { name: 'towns', query: 'SELECT town FROM depot', reads: ['depot'] },
]);

const column = (name: keyof typeof parcel.columns, to: object): Change =>
  ({ kind: 'changeColumn', name, column: { ...parcel.columns[name], ...to } }) as Change;

/** At least one sample of each kind of change: a kind without one does not compile. */
export const changes: { readonly [K in Change['kind']]: readonly Change[] } = {
  addColumn: [
    { kind: 'addColumn', name: 'extra', column: text({ nullable: true }) },
    { kind: 'addColumn', name: 'extra', column: int64({ default: 7 }) },
    { kind: 'addColumn', name: 'extra', column: text({ default: 'a', oneOf: ['a', 'b'] }) },
    { kind: 'addColumn', name: 'extra', column: boolean({ default: true }) },
    { kind: 'addColumn', name: 'extra', column: int64({ computed: 'pieces * 2' }) },
    { kind: 'addColumn', name: 'extra', column: generatedId() },
    { kind: 'addColumn', name: 'extra', column: text(), fill: 'lower(label)' },
    { kind: 'addColumn', name: 'extra', column: text({ nullable: true, comment: 'spare' }) },
  ],
  dropColumn: [
    { kind: 'dropColumn', name: 'note' },
    { kind: 'dropColumn', name: 'is_paid' },
  ],
  renameColumn: [
    { kind: 'renameColumn', name: 'note', to: 'remark' },
    { kind: 'renameColumn', name: 'size', to: 'format' },
    { kind: 'renameColumn', name: 'id', to: 'number' },
  ],
  changeColumn: [
    column('grams', { isNullable: false }),
    { ...column('grams', { isNullable: false }), using: 'coalesce(grams, 1)' } as Change,
    column('label', { isNullable: true, hasDefault: true }),
    column('seats', { type: 'int64' }),
    column('label', { default: 'x', hasDefault: true }),
    column('is_paid', { default: undefined, hasDefault: false }),
    column('size', { oneOf: ['s', 'm', 'l'] }),
    column('note', { comment: 'changed' }),
    column('volume', { computed: 'pieces + 2' }),
    column('volume', { computed: undefined }),
    {
      ...column('is_paid', { type: 'int32', default: undefined, hasDefault: false }),
      using: { sqlite: 'is_paid', postgres: 'is_paid::integer' },
    } as Change,
  ],
  addIndex: [
    { kind: 'addIndex', index: { name: 'ix_new', columns: [{ name: 'label', isDescending: false }], isUnique: false } },
    {
      kind: 'addIndex',
      index: { name: 'ix_new', columns: [{ name: 'label', isDescending: true }], isUnique: true, where: 'pieces > 1' },
    },
  ],
  dropIndex: [{ kind: 'dropIndex', name: 'ix_parcel_grams' }],
  renameIndex: [{ kind: 'renameIndex', name: 'ix_parcel_grams', to: 'ix_weight' }],
  addUnique: [{ kind: 'addUnique', unique: { name: 'uq_new', columns: ['label', 'pieces'] } }],
  dropUnique: [{ kind: 'dropUnique', name: 'uq_parcel_label' }],
  addForeignKey: [
    {
      kind: 'addForeignKey',
      foreignKey: { name: 'fk_new', columns: ['label'], references: { table: 'depot', columns: ['town'] } },
    },
    {
      kind: 'addForeignKey',
      foreignKey: { name: 'fk_self', columns: ['grams'], references: { table: 'parcel', columns: ['id'] } },
    },
  ],
  dropForeignKey: [{ kind: 'dropForeignKey', name: 'fk_parcel_depot' }],
  addCheck: [{ kind: 'addCheck', check: { name: 'ck_new', expression: 'grams IS NULL OR grams > 0' } }],
  dropCheck: [{ kind: 'dropCheck', name: 'ck_parcel_pieces_some' }],
  renameConstraint: [
    { kind: 'renameConstraint', name: 'ck_parcel_pieces_some', to: 'ck_some' },
    { kind: 'renameConstraint', name: 'uq_parcel_label', to: 'uq_label' },
  ],
  changePrimaryKey: [{ kind: 'changePrimaryKey', columns: ['id', 'label'] }],
  addTrigger: [
    {
      kind: 'addTrigger',
      trigger: { name: 'tr_new', timing: 'before', event: 'update', body: { sqlite: 'SELECT 1;', postgres: 'RETURN NEW;' } },
    },
  ],
  dropTrigger: [{ kind: 'dropTrigger', name: 'tr_parcel' }],
  changeComment: [{ kind: 'changeComment', comment: 'what is sent' }],
};

const target = table('branch', {
  columns: { id: generatedId(), depot_id: int64() },
  primaryKey: ['id'],
  references: { depot_id: 'depot.id' },
});

/** The same for the kinds of step. A raw `sql` step does what its statements do: `raw` in F42-claims-of-effects.test.ts. */
export const steps: { readonly [K in Exclude<Step['kind'], 'alterTable' | 'sql'>]: readonly Step[] } = {
  createTable: [createTable(target)],
  dropTable: [dropTable('stamp'), dropTable('memo')],
  renameTable: [renameTable('parcel', 'packet')],
  createView: [
    createView({
      name: 'labels',
      query: 'SELECT label, town FROM parcel JOIN depot ON depot.id = parcel.depot_id',
      reads: ['parcel', 'depot'],
    }),
  ],
  dropView: [dropView('towns')],
  backfill: [backfill({ about: 'fill', table: 'parcel', set: { pieces: '1' }, where: 'pieces > 1' })],
};

export const allSteps: readonly (readonly [name: string, step: Step])[] = [
  ...Object.entries(changes).flatMap(([kind, list]) =>
    list.map((change, i): [string, Step] => [`${kind} ${i + 1}`, alterTable('parcel', change)]),
  ),
  ...Object.entries(steps).flatMap(([kind, list]) => list.map((step, i): [string, Step] => [`${kind} ${i + 1}`, step])),
];
