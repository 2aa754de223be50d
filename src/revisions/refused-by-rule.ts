import { FlashcaseError } from '../errors/index.ts';
import type { Action } from './compile/action.ts';

const NAME = '"((?:[^"]|"")+)"';
const REQUIRED = new RegExp(`^ALTER TABLE ${NAME} ALTER COLUMN ${NAME} SET NOT NULL$`);
const CHECKED = new RegExp(`^ALTER TABLE ${NAME} ADD CONSTRAINT ${NAME} CHECK `);

/**
 * What broke a rule while a table was changed, by the names the model has: SQLite says of a change in place only that a constraint failed,
 * and of a table that is built anew the name it has meanwhile. Any other error comes back as it is.
 */
export function refusedByRule(error: unknown, action: Action): unknown {
  if (!(error instanceof FlashcaseError) || error.code !== 'FC_DB_CONSTRAINT') return error;
  const named = (what: string, details: Readonly<Record<string, unknown>>): FlashcaseError =>
    new FlashcaseError('FC_DB_CONSTRAINT', {
      what,
      ...(error.where === undefined ? {} : { where: error.where }),
      details,
      cause: error.cause,
    });
  if (action.kind === 'rebuild') {
    const { name } = action.to;
    const { table } = error.details;
    // Underlines come behind where somebody has a table of that name.
    const meanwhile = (text: string): string =>
      text.replaceAll(/__new_(.+?)_*(?=\.)/g, (all, found) => (found === name ? name : all));
    return named(meanwhile(error.message), { ...error.details, ...(table === undefined ? {} : { table: name }) });
  }
  if (error.details.kind !== 'constraint') return error;
  const required = REQUIRED.exec(action.sql)?.slice(1).map(unquoted);
  if (required !== undefined) {
    const [table, column] = required;
    return named(refused(`NOT NULL constraint failed: ${table}.${column}`), { kind: 'not_null', table, columns: [column] });
  }
  const checked = CHECKED.exec(action.sql)?.slice(1).map(unquoted);
  return checked === undefined
    ? error
    : named(refused(`CHECK constraint failed: ${checked[1]}`), { kind: 'check', table: checked[0], constraint: checked[1] });
}

const refused = (why: string): string => `The database refused the change: ${why}.`;
const unquoted = (name: string): string => name.replaceAll('""', '"');
