import { TokenReader } from '../../../engine/sql/token-reader.ts';
import { nameOf } from '../../../engine/sql/tokens.ts';
import { backfill } from '../../step.ts';
import { rule } from '../rule.ts';
import { OPEN, safeWay } from '../safe-way.ts';
import { isReleasedTable, type Scene, type StatementSite } from '../scene.ts';
import { each, short } from './raw-sql.ts';

/** The table of the model whose rows a statement changes. */
function changedTable({ statement, before }: StatementSite): string | undefined {
  const reader = new TokenReader(statement.tokens);
  if (!reader.take('UPDATE') && !reader.take('DELETE', 'FROM')) return undefined;
  reader.take('ONLY');
  const name = reader.takeName();
  return name !== undefined && name in before.tables ? name : undefined;
}

/** What changes the same rows batch by batch. */
function inBatches({ statement, step }: StatementSite, table: string, about: string): string {
  const reader = new TokenReader(statement.tokens);
  if (!reader.take('UPDATE'))
    return '// rows that go for good are deleted in batches by the code, before the revision or after it';
  const tokens = reader.rest();
  const column = tokens[tokens.findIndex((token) => token.value === 'SET') + 1];
  return safeWay({
    about,
    upgrade: [
      backfill({
        about: step.about,
        table,
        set: { [column === undefined ? OPEN : nameOf(column)]: OPEN },
        where: '<the rows that still need it>',
      }),
    ],
  });
}

const hasSchemaStep = (scene: Scene): boolean =>
  scene.steps.some((site) => site.step.kind === 'alterTable' && isReleasedTable(site, site.step.table));

/** Statements by hand that change rows of tables that a release has. */
export const sqlRowRules = [
  rule({
    id: 'sql-fill-with-schema-change',
    engines: ['sqlite', 'postgres'],
    why: 'The locks of the schema change are held until the last row is written.',
    *check(scene) {
      if (scene.isOnline || !hasSchemaStep(scene)) return;
      for (const site of each(scene, 'sqlite', 'postgres')) {
        const table = changedTable(site);
        if (table !== undefined && isReleasedTable(site, table))
          yield {
            level: 'error',
            what: `${short(site.statement)} changes rows of ${table} in the transaction that changes the schema.`,
            rewrite: inBatches(site, table, 'a revision of its own'),
          };
      }
    },
  }),
  rule({
    id: 'sql-fill-at-once',
    engines: ['sqlite', 'postgres'],
    why: 'One UPDATE of a large table keeps its writers waiting (on SQLite all writers), and what was done is lost when it is stopped; batches hold for a moment and go on where they were.',
    *check(scene) {
      for (const site of each(scene, 'sqlite', 'postgres')) {
        const table = changedTable(site);
        if (table !== undefined && isReleasedTable(site, table) && (scene.isOnline || !hasSchemaStep(scene)))
          yield {
            level: 'decide',
            what: `${short(site.statement)} changes rows of ${table} in one transaction.`,
            rewrite: inBatches(site, table, 'in batches, each committed'),
          };
      }
    },
  }),
] as const;
