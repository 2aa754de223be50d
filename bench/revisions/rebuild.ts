import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../src/db/clock.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { openSqlite } from '../../src/engine/sqlite/engine.ts';
import { liveTarget } from '../../src/revisions/apply.ts';
import { compileStep } from '../../src/revisions/compile/compile.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { replay } from '../../src/revisions/state.ts';
import { alterTable, createTable } from '../../src/revisions/step.ts';
import { generatedId, int64, schema, table, text } from '../../src/schema/index.ts';

const depot = table('depot', { columns: { id: generatedId(), town: text() }, primaryKey: ['id'] });
const parcel = table('parcel', {
  columns: { id: generatedId(), depot_id: int64(), label: text(), note: text({ nullable: true }), grams: int64({ default: 0 }) },
  primaryKey: ['id'],
  indexes: { ix_parcel_depot_id: ['depot_id'], ix_parcel_label: ['label'] },
});
const scan = table('scan', {
  columns: { id: generatedId(), parcel_id: int64() },
  primaryKey: ['id'],
  indexes: { ix_scan_parcel_id: ['parcel_id'] },
  references: { parcel_id: { to: 'parcel.id', onDelete: 'cascade' } },
});

const made: Revision = { id: '0001', name: 'made', upgrade: [depot, parcel, scan].map(createTable), downgrade: 'not needed' };
/** No SQLite version does this in place. */
const changed: Revision = {
  id: '0002',
  name: 'parcel_references_depot',
  upgrade: [
    alterTable(
      'parcel',
      { kind: 'changeColumn', name: 'grams', column: int64({ default: 1 }) },
      {
        kind: 'addForeignKey',
        foreignKey: { name: 'fk_parcel_depot', columns: ['depot_id'], references: { table: 'depot', columns: ['id'] } },
      },
    ),
  ],
  downgrade: 'not needed',
};

const open = (file: string): Engine => openSqlite({ file, schema: schema({}) });

/** A file with `rows` parcels, a fifth as many scans of them, and a thousand depots. */
export async function generateParcels(file: string, rows: number): Promise<void> {
  const engine = open(file);
  await upgrade({ engine, revisions: [made], clock: systemClock() });
  await engine.close();
  const db = new DatabaseSync(file);
  const series = (n: number): string => `WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ${n})`;
  db.exec(`BEGIN;
    ${series(1000)} INSERT INTO depot SELECT i, 'Town ' || i FROM s;
    ${series(rows)} INSERT INTO parcel SELECT i, 1 + i % 1000, 'Parcel ' || hex(i * 7919) || ' to ' || (i * 2654435761 % 99991), CASE WHEN i % 3 THEN 'handle with care, case ' || i END, i % 30000 FROM s;
    ${series(Math.floor(rows / 5))} INSERT INTO scan SELECT i, 1 + i * 5 % ${rows} FROM s;
    COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`);
  db.close();
}

const copyOf = (file: string, folder: string): string => {
  const copy = join(folder, `rebuild-${process.pid}.db`);
  for (const end of ['-wal', '-shm']) copyFileSync('/dev/null', copy + end);
  copyFileSync(file, copy);
  return copy;
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** The revision as users run it: proof, orphan check, ledger, commit. Milliseconds. */
export async function rebuildWithProof(file: string, folder: string): Promise<number> {
  const engine = open(copyOf(file, folder));
  try {
    return await timed(() => upgrade({ engine, revisions: [made, changed], clock: systemClock() }));
  } finally {
    await engine.close();
  }
}

/** The same statements by hand, as SQLite's documentation lists them, with its check of foreign keys and without a proof. */
export async function rebuildBare(file: string, folder: string): Promise<number> {
  const engine = open(copyOf(file, folder));
  try {
    const before = replay([made]);
    const step = changed.upgrade[0] as Revision['upgrade'][number];
    const [action] = compileStep(step, before, await liveTarget(engine));
    if (action?.kind !== 'rebuild') throw new Error('this change is no rebuild');
    const { quote } = engine.ddl;
    const columns = action.columns.map(quote).join(', ');
    const statements = [
      ...engine.ddl.createTable(action.to, { as: 'parcel_new' }),
      `INSERT INTO parcel_new (${columns}) SELECT ${columns} FROM ${action.source}`,
      'DROP TABLE parcel',
      'ALTER TABLE parcel_new RENAME TO parcel',
      ...action.to.indexes.map((index) => engine.ddl.createIndex(action.to, index)),
      'PRAGMA foreign_key_check',
    ];
    return await timed(() =>
      engine.dedicated(async (connection) => {
        await connection.script('PRAGMA foreign_keys = OFF');
        await connection.script('BEGIN IMMEDIATE');
        for (const sql of statements) await connection.script(sql);
        await connection.script('COMMIT');
        await connection.script('PRAGMA foreign_keys = ON');
      }),
    );
  } finally {
    await engine.close();
  }
}
