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
