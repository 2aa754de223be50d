import { systemClock } from '../../../src/db/clock.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import type { Revision } from '../../../src/revisions/revision.ts';
import { alterTable, createTable, dropTable } from '../../../src/revisions/step.ts';
import type { UndoOptions } from '../../../src/revisions/undo/undo.ts';
import { generatedId, int64, schema, table, text } from '../../../src/schema/index.ts';
import { openEngine } from '../../engine/open.ts';
import type { Place } from '../../support/database.ts';

/** A history that takes things away, for the tests of undo. */
const depot = table('depot', { columns: { id: generatedId(), town: text() }, primaryKey: ['id'] });
const parcel = table('parcel', {
  columns: {
    id: generatedId(),
    label: text(),
    size: text({ oneOf: ['s', 'm', 'l'], default: 'm' }),
    grams: int64({ nullable: true }),
    depot_id: int64({ nullable: true }),
  },
  primaryKey: ['id'],
  references: { depot_id: 'depot.id' },
  indexes: { parcel_by_depot: ['depot_id'] },
});
const stamp = table('stamp', {
  columns: { id: generatedId(), parcel_id: int64(), code: text() },
  primaryKey: ['id'],
  uniques: { uq_stamp_code: ['code'] },
  indexes: { stamp_by_parcel: ['parcel_id'] },
  references: { parcel_id: { to: 'parcel.id', onDelete: 'cascade' } },
  triggers: {
    stamp_used: {
      timing: 'after',
      event: 'insert',
      body: {
        sqlite: 'UPDATE parcel SET grams = 0 WHERE id = new.parcel_id;',
        postgres: 'UPDATE parcel SET grams = 0 WHERE id = new.parcel_id; RETURN NULL;',
      },
    },
  },
});

export const making: Revision = {
  id: '0001',
  name: 'parcels',
  upgrade: [createTable(depot), createTable(parcel), createTable(stamp)],
  downgrade: [dropTable('stamp'), dropTable('parcel'), dropTable('depot')],
};
/** Takes a table, a column with a check and a default, and a column with a reference and an index away. */
export const taking: Revision = {
  id: '0002',
  name: 'less',
  upgrade: [
    dropTable('stamp'),
    alterTable(
      'parcel',
      { kind: 'dropIndex', name: 'parcel_by_depot' },
      { kind: 'dropForeignKey', name: 'fk_parcel_depot_id' },
      { kind: 'dropColumn', name: 'depot_id' },
      { kind: 'dropColumn', name: 'size' },
    ),
  ],
  downgrade: [
    alterTable(
      'parcel',
      { kind: 'addColumn', name: 'size', column: parcel.columns.size },
      { kind: 'addColumn', name: 'depot_id', column: parcel.columns.depot_id },
      { kind: 'addForeignKey', foreignKey: parcel.foreignKeys[0] as never },
      { kind: 'addIndex', index: parcel.indexes[0] as never },
    ),
    createTable(stamp),
  ],
};
export const adding: Revision = {
  id: '0003',
  name: 'note',
  upgrade: [alterTable('parcel', { kind: 'addColumn', name: 'note', column: text({ nullable: true }) })],
  downgrade: [alterTable('parcel', { kind: 'dropColumn', name: 'note' })],
};
export const history = [making, taking, adding];

export const rowsOfMaking = [
  "INSERT INTO depot (town) VALUES ('Aa'), ('Bb')",
  "INSERT INTO parcel (label, size, grams, depot_id) VALUES ('one', 's', 5, 1), ('two', 'l', NULL, 2), ('three', 'm', 7, NULL)",
  "INSERT INTO stamp (parcel_id, code) VALUES (1, 'x'), (3, 'y')",
  'DELETE FROM stamp WHERE id = 2',
];

export const openAt = (place: Pick<Place, 'url' | 'directUrl'>): Engine => openEngine(place, { schema: schema({}) });

export const undoing = (place: Place, more: Partial<UndoOptions> = {}): UndoOptions => ({
  open: () => openAt(place),
  revisions: history,
  clock: systemClock(),
  keep: {},
  ...more,
});
