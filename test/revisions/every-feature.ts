import type { Revision } from '../../src/revisions/revision.ts';
import { alterTable, createTable, dropTable } from '../../src/revisions/step.ts';
import { boolean, bytes, float64, generatedId, int32, int64, table, text, timestamp } from '../../src/schema/index.ts';

/** A schema with everything the model can say, and a history that changes each of it. It has nothing to do with flashcards. */
const depot = table('depot', {
  columns: {
    id: generatedId(),
    town: text({ comment: 'as the post spells it' }),
    code: text({ default: "it's" }),
    is_open: boolean({ default: true }),
    latitude: float64({ default: -1.5 }),
    gates: int32({ default: -3 }),
  },
  primaryKey: ['id'],
  uniques: { depot_code_town: ['code', 'town'] },
  comment: 'where parcels wait',
});

const parcel = table('parcel', {
  columns: {
    id: generatedId(),
    depot_id: int64(),
    back_to: int64({ nullable: true }),
    label: text(),
    grams: int64({ nullable: true, default: 0 }),
    size: text({ default: 'small', oneOf: ['small', 'large', "giant's"] }),
    sent_at: timestamp({ nullable: true }),
    photo: bytes({ nullable: true }),
    volume: int64({ nullable: true }),
    density: int64({ nullable: true, computed: 'grams / volume' }),
  },
  primaryKey: ['id'],
  partitionedKey: ['depot_id', 'id'],
  indexes: {
    parcel_sent: ['depot_id', '-sent_at'],
    parcel_label_low: ['(lower(label))'],
    parcel_unsent: { columns: ['depot_id'], where: 'sent_at IS NULL' },
  },
  uniqueIndexes: { parcel_label_depot: { columns: ['label', 'depot_id'], where: 'grams > 0' } },
  references: {
    depot_id: { to: 'depot.id', onDelete: 'cascade', onUpdate: 'restrict' },
    back_to: { to: 'depot.id', onDelete: 'set null', isDeferred: true },
  },
  checks: { parcel_grams_positive: 'grams >= 0', parcel_label_full: "label <> '' AND length(label) < 100" },
  triggers: {
    parcel_label_kept: {
      timing: 'before',
      event: 'update',
      updateOf: ['label'],
      when: { sqlite: "NEW.label = ''", postgres: "NEW.label = ''" },
      body: { sqlite: "SELECT raise(ABORT, 'a label stays');", postgres: "RAISE EXCEPTION 'a label stays';\nRETURN NEW;" },
    },
  },
});

const route = table('route', {
  columns: { depot_id: int64(), stop: int32(), name: text() },
  primaryKey: ['depot_id', 'stop'],
  references: { depot_id: 'depot.id' },
});

const pair = (sqlite: string, postgres: string) => ({ sqlite, postgres });

export const everyFeature: readonly Revision[] = [
  {
    id: '0001',
    name: 'everything',
    upgrade: [
      createTable(depot),
      createTable(parcel),
      createTable(route),
      {
        kind: 'createView',
        view: { name: 'waiting', query: 'SELECT id, label FROM parcel WHERE sent_at IS NULL', reads: ['parcel'] },
      },
    ],
    downgrade: [{ kind: 'dropView', name: 'waiting' }, dropTable('route'), dropTable('parcel'), dropTable('depot')],
  },
  {
    id: '0002',
    name: 'names',
    upgrade: [
      { kind: 'dropView', name: 'waiting' },
      { kind: 'renameTable', name: 'route', to: 'tour' },
      alterTable(
        'parcel',
        { kind: 'dropTrigger', name: 'parcel_label_kept' },
        { kind: 'renameColumn', name: 'label', to: 'Address line' },
        { kind: 'renameColumn', name: 'grams', to: 'weight' },
        { kind: 'renameColumn', name: 'size', to: 'class' },
        { kind: 'renameIndex', name: 'parcel_sent', to: 'parcel_sent_lately' },
        { kind: 'renameConstraint', name: 'parcel_grams_positive', to: 'parcel_weight_positive' },
      ),
      alterTable(
        'depot',
        { kind: 'renameConstraint', name: 'depot_code_town', to: 'depot_code_place' },
        { kind: 'renameColumn', name: 'town', to: 'place' },
      ),
      {
        kind: 'createView',
        view: { name: 'heavy', query: 'SELECT id, "Address line" FROM parcel WHERE weight > 1000', reads: ['parcel'] },
      },
      { kind: 'createView', view: { name: 'heavy_ids', query: 'SELECT id FROM heavy', reads: ['heavy'] } },
    ],
    downgrade: 'forward only, here.',
  },
  {
    id: '0003',
    name: 'columns',
    upgrade: [
      alterTable(
        'parcel',
        { kind: 'addColumn', name: 'note', column: text({ nullable: true, comment: "the sender's" }) },
        { kind: 'addColumn', name: 'is_fragile', column: boolean({ default: false }) },
        { kind: 'addColumn', name: 'handled_at', column: timestamp({ nullable: true }) },
        { kind: 'addColumn', name: 'rank', column: int64(), fill: 'id * 2' },
        { kind: 'dropColumn', name: 'photo' },
      ),
      alterTable(
        'depot',
        { kind: 'changeColumn', name: 'gates', column: int64({ nullable: true }) },
        { kind: 'changeColumn', name: 'code', column: text({ default: 'none', comment: 'short' }) },
        { kind: 'changeColumn', name: 'is_open', column: boolean() },
        { kind: 'changeComment', comment: undefined },
      ),
    ],
    downgrade: 'forward only, here.',
  },
  {
    id: '0004',
    name: 'constraints',
    upgrade: [
      alterTable(
        'parcel',
        { kind: 'dropForeignKey', name: 'fk_parcel_back_to' },
        {
          kind: 'addForeignKey',
          foreignKey: {
            name: 'parcel_goes_back',
            columns: ['back_to'],
            references: { table: 'depot', columns: ['id'] },
            onDelete: 'set default',
          },
        },
        { kind: 'dropCheck', name: 'parcel_label_full' },
        { kind: 'addCheck', check: { name: 'parcel_rank', expression: pair('"rank" % 2 = 0', '"rank" % 2 = 0') } },
        { kind: 'addUnique', unique: { name: 'parcel_rank_once', columns: ['rank'] } },
        { kind: 'dropIndex', name: 'parcel_unsent' },
        {
          kind: 'addIndex',
          index: {
            name: 'parcel_fragile',
            columns: [{ name: 'handled_at', isDescending: true }],
            isUnique: false,
            where: pair('is_fragile = 1', 'is_fragile'),
          },
        },
        { kind: 'changeColumn', name: 'class', column: text({ oneOf: ['small', 'large', 'huge'], nullable: true }) },
      ),
      alterTable('depot', { kind: 'dropUnique', name: 'depot_code_place' }),
      alterTable('tour', { kind: 'changePrimaryKey', columns: ['stop', 'name'] }),
    ],
    downgrade: 'forward only, here.',
  },
  {
    id: '0005',
    name: 'code',
    upgrade: [
      { kind: 'dropView', name: 'heavy_ids' },
      alterTable(
        'parcel',
        {
          kind: 'addTrigger',
          trigger: {
            name: 'parcel_counts',
            timing: 'after',
            event: 'insert',
            body: {
              sqlite: "UPDATE depot SET gates = gates + 1 -- one more\n WHERE id = NEW.depot_id; /* that's it */",
              postgres: 'UPDATE depot SET gates = gates + 1 WHERE id = NEW.depot_id; -- one more\n RETURN NEW;',
            },
          },
        },
        { kind: 'changeColumn', name: 'density', column: int64({ nullable: true, computed: 'weight * 2 / volume' }) },
      ),
      { kind: 'renameTable', name: 'tour', to: 'round trip' },
    ],
    downgrade: 'forward only, here.',
  },
];
