import type { Engine } from '../../src/engine/engine.ts';
import { FlashcaseError } from '../../src/errors/index.ts';
import { generatedId, int32, int64, schema, table, text } from '../../src/schema/index.ts';
import type { Operation } from '../support/journal.ts';
import { findViolations, type StoredWrite } from '../support/journal-check.ts';

/**
 * The smallest schema that can show a lost, doubled or half-done write: each unit adds an entry and counts it in its client's tally.
 * `entry.label` is not unique on purpose: a doubled write must be seen, not refused.
 */
export const ledger = schema({
  entry: table('entry', {
    columns: { id: generatedId(), label: text(), client: int32(), amount: int64(), note: text() },
    primaryKey: ['id'],
  }),
  tally: table('tally', { columns: { client: int32(), entries: int32(), total: int64() }, primaryKey: ['client'] }),
});

/** What a client sends; `amount` travels as text because journals are JSON. */
export interface LedgerWrite {
  readonly client: number;
  readonly amount: string;
  readonly note: string;
  /** The unit throws after its statements: nothing of it may stay. */
  readonly isDoomed: boolean;
}

export async function prepareLedger(engine: Engine, clients: number): Promise<void> {
  await engine.dedicated(async (connection) => {
    for (const entry of Object.values(ledger.tables))
      for (const sql of engine.ddl.createTable(entry)) await connection.script(sql);
    await connection.kysely
      .insertInto('tally')
      .values(Array.from({ length: clients }, (_, client) => ({ client, entries: 0, total: 0n })))
      .execute();
  });
}

/** One unit of work. Resolves with the entry's id when the write is acknowledged. */
export function writeEntry(engine: Pick<Engine, 'write'>, label: string, write: LedgerWrite): Promise<string> {
  const { client, note, isDoomed } = write;
  const amount = BigInt(write.amount);
  return engine.write(async (connection) => {
    const { id } = await connection.kysely
      .insertInto('entry')
      .values({ label, client, amount, note })
      .returning('id')
      .executeTakeFirstOrThrow();
    await connection.kysely
      .updateTable('tally')
      .set((expression) => ({ entries: expression('entries', '+', 1), total: expression('total', '+', amount) }))
      .where('client', '=', client)
      .execute();
    if (isDoomed) throw new FlashcaseError('FC_CONFLICT', { what: 'This unit was meant to fail.' });
    return String(id);
  });
}

/** Everything wrong with the ledger after a recovery, in sentences: against the journal, and of the tallies against the entries. */
export async function ledgerViolations(engine: Engine, operations: readonly Operation[]): Promise<string[]> {
  return engine.read(async (connection) => {
    // Entries first, tallies after, would let a late commit of a killed server's PostgreSQL session fall between: one statement reads both.
    const rows = await connection.query(
      'SELECT t.client, t.entries, t.total, e.id, e.label, e.amount, e.note FROM tally t LEFT JOIN entry e ON e.client = t.client ORDER BY e.id',
    );
    const stored: StoredWrite[] = [];
    const tallies = new Map<unknown, { entries: number; total: bigint; counted: number; summed: bigint }>();
    for (const row of rows) {
      const tally = tallies.get(row.client) ?? {
        entries: row.entries as number,
        total: row.total as bigint,
        counted: 0,
        summed: 0n,
      };
      tallies.set(row.client, tally);
      if (row.id === null) continue;
      tally.counted++;
      tally.summed += row.amount as bigint;
      stored.push({
        key: row.label as string,
        content: { client: row.client, amount: String(row.amount), note: row.note, isDoomed: false },
        answer: String(row.id),
      });
    }
    const violations = findViolations(operations, stored);
    for (const [client, tally] of tallies) {
      if (tally.entries !== tally.counted || tally.total !== tally.summed) {
        violations.push(
          `half done: client ${String(client)} has ${tally.counted} entries of ${tally.summed}, its tally says ${tally.entries} of ${tally.total}`,
        );
      }
    }
    return violations;
  });
}
