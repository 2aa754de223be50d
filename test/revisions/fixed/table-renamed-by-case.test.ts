import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int64, schema, table, text } from '../../../src/schema/index.ts';
import { travel } from '../round-trip.ts';
import { allVehicles } from '../vehicles.ts';

const of = (name: string, renamedFrom?: string) =>
  table(name, {
    columns: { id: int64(), parent: int64({ nullable: true }), word: text() },
    primaryKey: ['id'],
    references: { parent: { to: `${name}.id`, onDelete: 'cascade', name: 'fk_parent' } },
    indexes: { ix_word: ['word'] },
    ...(renamedFrom === undefined ? {} : { renamedFrom }),
  });
const rows = {
  Order: [
    { id: 1n, parent: null, word: 'a' },
    { id: 2n, parent: 1n, word: 'b' },
  ],
};

test('checklist 62: a table is renamed by upper and lower case alone', async () =>
  assert.equal(
    await travel({ a: schema({ Order: of('Order') }), b: schema({ order: of('order', 'Order') }), rows }, allVehicles()),
    'there and back',
  ));

const column = (name: string, renamedFrom?: string) =>
  schema({
    parcel: table('parcel', {
      columns: { id: int64(), [name]: text({ oneOf: ['a', 'b'], ...(renamedFrom === undefined ? {} : { renamedFrom }) }) },
      primaryKey: ['id'],
      indexes: { ix_word: [name] },
    }),
  });

test('checklist 62: a column is renamed by upper and lower case alone', async () =>
  assert.equal(
    await travel({ a: column('Word'), b: column('word', 'Word'), rows: { parcel: [{ id: 1n, Word: 'a' }] } }, allVehicles()),
    'there and back',
  ));
