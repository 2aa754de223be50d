import type { Revision } from '../../src/revisions/revision.ts';
import { squash } from '../../src/revisions/squash.ts';
import { createTable, dropTable } from '../../src/revisions/step.ts';
import { generatedId, table } from '../../src/schema/index.ts';
import { type Bench, first, second, sql, third } from './own-schema.ts';

/** A history, the same with its first four revisions squashed, and what a database of either is asked. */
export const fourth: Revision = {
  id: '0004',
  name: 'first_depot',
  upgrade: [sql('the depot every parcel starts at', "INSERT INTO depot (town) VALUES ('Ulm')")],
  downgrade: [sql('it goes', 'DELETE FROM depot')],
};
export const fifth: Revision = {
  id: '0005',
  name: 'crate',
  upgrade: [createTable(table('crate', { columns: { id: generatedId() }, primaryKey: ['id'] }))],
  downgrade: [dropTable('crate')],
};
export const range = [first, second, third, fourth];
export const all = [...range, fifth];
export const squashed = squash(range).revision;
export const history = [squashed, fifth];

export const names = async ({ ledger }: Bench): Promise<string[]> => (await ledger()).map((entry) => `${entry.id} ${entry.name}`);
export const form = ({ direct, engine }: Bench) => direct((connection) => engine.introspect(connection));
/** The ledger of a database that has it all. */
export const AFTER = ['0004 squashed_0001_to_0004', '0005 crate'];
