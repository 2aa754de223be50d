import type { Connection, Engine } from '../../src/engine/engine.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { createTable, createView } from '../../src/revisions/step.ts';
import { samples } from './effect-samples.ts';

/** Makes the schema of the samples. */
export const base: Revision = {
  id: '0001',
  name: 'base',
  upgrade: [...Object.values(samples.tables).map((table) => createTable(table)), ...samples.views.map(createView)],
  downgrade: 'not needed here.',
};

/** Gives every table of the samples this many rows; a parcel's takes a third of a page. */
export async function fillSamples(connection: Connection, engine: Engine, rows: number): Promise<void> {
  const isFile = engine.capabilities.isLocalFile;
  const numbers = isFile
    ? `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})`
    : `WITH n(i) AS (SELECT generate_series(1, ${rows}))`;
  const word = isFile ? "'t' || i" : "'t' || i::text";
  const long = isFile ? "printf('%.1000c', 'x')" : "repeat('x', 1000)";
  for (const sql of [
    `${numbers} INSERT INTO depot (town) SELECT ${word} FROM n`,
    `${numbers} INSERT INTO parcel (label, grams, pieces, size, note, depot_id) SELECT ${word}, i, 2, 's', ${long}, i FROM n`,
    `${numbers} INSERT INTO stamp (parcel_id) SELECT i FROM n`,
    `${numbers} INSERT INTO memo (words) SELECT ${word} FROM n`,
  ])
    await connection.execute(sql);
}
