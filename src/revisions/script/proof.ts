import { ddl } from '../../engine/sqlite/ddl.ts';

/**
 * Statements that stop a script and roll its transaction back unless a condition holds. SQLite has no such statement of its own outside a
 * trigger, but a check does it; its name is what the error says.
 */
export function proof(sentence: string, condition: string): string[] {
  return [
    `CREATE TEMP TABLE "__flashcase_proof" (holds INTEGER CONSTRAINT ${ddl.quote(sentence)} CHECK (holds = 1))`,
    `INSERT OR ROLLBACK INTO temp."__flashcase_proof" SELECT coalesce(${condition}, 0)`,
    'DROP TABLE temp."__flashcase_proof"',
  ];
}

/** @param table only what it refers to; absent: every reference in the database. */
export function referencesHold(table?: string): string[] {
  const check = `pragma_foreign_key_check${table === undefined ? '' : `(${ddl.literal(table)})`}`;
  return proof('every reference has its row', `NOT EXISTS (SELECT 1 FROM ${check})`);
}
