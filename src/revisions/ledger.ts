import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection, Engine } from '../engine/engine.ts';
import { LEDGER_TABLE } from '../engine/schema-form.ts';
import { FINGERPRINT_ALGORITHM } from '../schema/form.ts';
import { int32, Timestamp, table, text, timestamp } from '../schema/index.ts';

/**
 * What was applied to this database: an applied set, never a high-water mark (facts F16). `schema_form` is kept for the newest state only
 * (stored-form.ts).
 */
export const ledgerTable = table(LEDGER_TABLE, {
  columns: {
    revision_id: text(),
    revision_name: text(),
    revision_hash: text(),
    hash_algorithm: text(),
    schema_fingerprint: text(),
    fingerprint_algorithm: text(),
    applied_at: timestamp(),
    duration_ms: int32(),
    applied_by: text(),
    schema_form: text({ nullable: true }),
  },
  primaryKey: ['revision_id'],
});

export interface LedgerEntry {
  readonly id: string;
  readonly name: string;
  readonly hash: string;
  readonly hashAlgorithm: string;
  readonly fingerprint: string;
  readonly fingerprintAlgorithm: string;
  readonly appliedAt: string;
  readonly durationMs: number;
  readonly appliedBy: string;
}

/** True when the database has this table of the tool's. */
export async function hasTable(connection: Connection, engine: Engine, name: string): Promise<boolean> {
  const rows = engine.capabilities.isLocalFile
    ? await catalogQuery(connection, { found: '1' }, 'FROM sqlite_schema WHERE type = ? AND name = ?', ['table', name])
    : await catalogQuery(
        connection,
        { found: '1' },
        'FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = $1',
        [name],
      );
  return rows.length > 0;
}

export const hasLedger = (connection: Connection, engine: Engine): Promise<boolean> => hasTable(connection, engine, LEDGER_TABLE);

/** `?, ?` or `$1, $2`. */
export function placeholdersOf(engine: Engine, count: number): string {
  return Array.from({ length: count }, (_, i) => (engine.capabilities.isLocalFile ? '?' : `$${i + 1}`)).join(', ');
}

/** True when the ledger keeps the form of the schema; one made before FlashCase did so does not. */
export async function keepsForm(connection: Connection, engine: Engine): Promise<boolean> {
  const rows = engine.capabilities.isLocalFile
    ? await catalogQuery(connection, { found: '1' }, 'FROM pragma_table_info(?) WHERE name = ?', [LEDGER_TABLE, 'schema_form'])
    : await catalogQuery(
        connection,
        { found: '1' },
        `FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = $1 AND a.attname = $2 AND NOT a.attisdropped`,
        [LEDGER_TABLE, 'schema_form'],
      );
  return rows.length > 0;
}

/**
 * Makes the ledger where there is none, and gives an older one what it lacks. Call it inside the revision lock only: even
 * `IF NOT EXISTS` races on PostgreSQL (facts F28).
 */
export async function ensureLedger(connection: Connection, engine: Engine): Promise<void> {
  if (!(await hasLedger(connection, engine))) {
    for (const sql of engine.ddl.createTable(ledgerTable)) await connection.script(sql);
  } else if (!(await keepsForm(connection, engine))) {
    const column = engine.ddl.columnDefinition(ledgerTable, 'schema_form', ledgerTable.columns.schema_form);
    await connection.script(`ALTER TABLE ${engine.ddl.quote(LEDGER_TABLE)} ADD COLUMN ${column}`);
  }
}

/** The entries in the order of their ids; none where there is no ledger. */
export async function readLedger(connection: Connection, engine: Engine): Promise<LedgerEntry[]> {
  if (!(await hasLedger(connection, engine))) return [];
  const rows = await catalogQuery(
    connection,
    {
      id: 'revision_id',
      name: 'revision_name',
      hash: 'revision_hash',
      hashAlgorithm: 'hash_algorithm',
      fingerprint: 'schema_fingerprint',
      fingerprintAlgorithm: 'fingerprint_algorithm',
      appliedAt: 'applied_at',
      durationMs: 'duration_ms',
      appliedBy: 'applied_by',
    },
    `FROM ${engine.ddl.quote(LEDGER_TABLE)} ORDER BY revision_id`,
  );
  return rows.map((row) => ({ ...row, appliedAt: String(row.appliedAt) }) as unknown as LedgerEntry);
}

type NewEntry = Omit<LedgerEntry, 'fingerprintAlgorithm'>;

/** Writes that a revision was applied, without the form of the schema after it. */
export const writeEntry = (connection: Connection, engine: Engine, entry: NewEntry): Promise<void> =>
  writeEntries(connection, engine, [entry]);

/** Neither engine takes more than 32,766 parameters in one statement. */
const ENTRIES_AT_ONCE = 1000;

/** The same for many, a thousand in one round trip. */
export async function writeEntries(connection: Connection, engine: Engine, entries: readonly NewEntry[]): Promise<void> {
  const columns = Object.keys(ledgerTable.columns);
  for (let from = 0; from < entries.length; from += ENTRIES_AT_ONCE) {
    const values = entries
      .slice(from, from + ENTRIES_AT_ONCE)
      .map((entry) => [
        entry.id,
        entry.name,
        entry.hash,
        entry.hashAlgorithm,
        entry.fingerprint,
        FINGERPRINT_ALGORITHM,
        Timestamp.parse(entry.appliedAt),
        entry.durationMs,
        entry.appliedBy,
        null,
      ]);
    const places = placeholdersOf(engine, values.length * columns.length).split(', ');
    const rows = values.map((_, i) => `(${places.slice(i * columns.length, (i + 1) * columns.length).join(', ')})`);
    await connection.execute(
      `INSERT INTO ${engine.ddl.quote(LEDGER_TABLE)} (${columns.map(engine.ddl.quote).join(', ')}) VALUES ${rows.join(', ')}`,
      values.flat(),
    );
  }
}

export async function removeEntry(connection: Connection, engine: Engine, id: string): Promise<void> {
  await connection.execute(`DELETE FROM ${engine.ddl.quote(LEDGER_TABLE)} WHERE revision_id = ${placeholdersOf(engine, 1)}`, [
    id,
  ]);
}

/** Takes another hash for a revision: what it does was found to be the same. */
export async function rehashEntry(
  connection: Connection,
  engine: Engine,
  id: string,
  hash: string,
  algorithm: string,
): Promise<void> {
  const [first, second, third] = placeholdersOf(engine, 3).split(', ');
  await connection.execute(
    `UPDATE ${engine.ddl.quote(LEDGER_TABLE)} SET revision_hash = ${first}, hash_algorithm = ${second} WHERE revision_id = ${third}`,
    [hash, algorithm, id],
  );
}

/** Gives an entry another name and hash; what it says of the schema, the time and the person stays. */
export async function renameEntry(
  connection: Connection,
  engine: Engine,
  entry: Pick<LedgerEntry, 'id' | 'name' | 'hash' | 'hashAlgorithm'>,
): Promise<void> {
  const [name, hash, algorithm, id] = placeholdersOf(engine, 4).split(', ');
  await connection.execute(
    `UPDATE ${engine.ddl.quote(LEDGER_TABLE)} SET revision_name = ${name}, revision_hash = ${hash}, hash_algorithm = ${algorithm} WHERE revision_id = ${id}`,
    [entry.name, entry.hash, entry.hashAlgorithm, entry.id],
  );
}
