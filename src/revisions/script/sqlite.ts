import { LEDGER_TABLE } from '../../engine/schema-form.ts';
import { ddl } from '../../engine/sqlite/ddl.ts';
import { compileStep } from '../compile/compile.ts';
import { applyToState, type State } from '../state.ts';
import type { Step } from '../step.ts';
import { createLedger, deleteEntry, forgetForm, insertEntry } from './ledger-sql.ts';
import { proof, referencesHold } from './proof.ts';
import type { Part, Range } from './range.ts';
import { rebuildStatements } from './rebuild-sql.ts';

const NOW = "strftime('%Y-%m-%d %H:%M:%f', 'now') || '000'";
/** Made in each transaction and gone with it: after a proof that failed, the ledger cannot be written. */
const OPEN = 'temp."__flashcase_open"';

/** The statements for SQLite, transactions included. Feed them to `sqlite3 -bail`, or to anything that stops at the first error. */
export function sqliteScript(range: Range): string[] {
  return [
    'PRAGMA foreign_keys = OFF',
    ...(range.applied.length === 0 && range.direction === 'up' ? ['BEGIN IMMEDIATE', ...createLedger(ddl), 'COMMIT'] : []),
    ...range.parts.flatMap((part) => {
      if (!part.isPiecewise) return transaction(part, [...compiled(part.steps, part.before, range), ...record(part, range)]);
      let state = part.before;
      const pieces = part.steps.map((step) => {
        const statements = compiled([step], state, range);
        state = applyToState(state, step);
        return transaction(part, statements);
      });
      return [...pieces.flat(), ...transaction(part, record(part, range))];
    }),
    'PRAGMA foreign_keys = ON',
  ];
}

function transaction(part: Part, statements: readonly string[]): string[] {
  const ids = `(SELECT coalesce(group_concat(revision_id, ','), '') FROM (SELECT revision_id FROM ${ddl.quote(LEDGER_TABLE)} ORDER BY 1))`;
  return [
    'BEGIN IMMEDIATE',
    `CREATE TEMP TABLE ${OPEN.slice('temp.'.length)} (yes INTEGER)`,
    ...proof(
      `the ledger says that exactly ${part.applied.join(', ') || 'nothing'} was applied`,
      `${ids} = ${ddl.literal(part.applied.join(','))}`,
    ),
    ...statements,
    ...referencesHold(),
    `DROP TABLE ${OPEN}`,
    'COMMIT',
  ];
}

function compiled(steps: readonly Step[], before: State, { target }: Range): string[] {
  let state = before;
  return steps.flatMap((step) => {
    const here = state;
    state = applyToState(state, step);
    return compileStep(step, here, target).flatMap((action) =>
      action.kind === 'rebuild' ? rebuildStatements(action) : [action.sql],
    );
  });
}

function record({ revision }: Part, { direction }: Range): string[] {
  const whileOpen = `(SELECT count(*) FROM ${OPEN}) = 0`;
  return [
    direction === 'up'
      ? insertEntry(ddl, revision, NOW, "'a script'", ` WHERE ${whileOpen}`)
      : deleteEntry(ddl, revision, ` AND ${whileOpen}`),
    forgetForm(ddl),
  ];
}
