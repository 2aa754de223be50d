import { catalogQuery } from '../engine/catalog-query.ts';
import type { Connection } from '../engine/engine.ts';
import { statementsOf } from '../engine/sql/statements.ts';
import { FlashcaseError } from '../errors/index.ts';

const NAME = String.raw`("(?:[^"]|"")+"(?: \. "(?:[^"]|"")+")?|\w+(?: \. \w+)?)`;
const CREATE = new RegExp(`^CREATE (?:UNIQUE )?INDEX CONCURRENTLY (IF NOT EXISTS )?${NAME}`, 'i');
const DROP = new RegExp(`^DROP INDEX CONCURRENTLY (?:IF EXISTS )?${NAME}`, 'i');
const ALONE = /^(?:VACUUM|REINDEX\b.* CONCURRENTLY|CLUSTER$|ALTER SYSTEM|(?:CREATE|DROP) DATABASE)/i;

/** A statement on one line, without its comments; nothing where a text holds several. */
function plain(sql: string): string {
  const [statement, ...more] = statementsOf(sql, 'postgres');
  return statement === undefined || more.length > 0 ? '' : statement.tokens.map((token) => token.text).join(' ');
}

/** True for a PostgreSQL statement that is refused inside a transaction. */
export function mustRunAlone(sql: string): boolean {
  const text = plain(sql);
  return CREATE.test(text) || DROP.test(text) || ALONE.test(text);
}

/**
 * Runs such a statement by itself, without time limits: neither of its waits keeps others waiting, and a limit would leave an INVALID
 * index (facts F38). @param wasBegun a run before may have done it: then what it left behind decides.
 */
export async function runAlone(connection: Connection, sql: string, wasBegun: boolean): Promise<void> {
  await connection.script('SET lock_timeout = 0');
  await connection.script('SET statement_timeout = 0');
  try {
    const created = CREATE.exec(plain(sql));
    const dropped = DROP.exec(plain(sql));
    if (created !== null) await createIndex(connection, sql, created[2] as string, created[1] !== undefined, wasBegun);
    else if (dropped === null || !wasBegun || (await indexNamed(connection, dropped[1] as string)) !== undefined)
      await connection.script(sql);
  } finally {
    await connection.script('RESET lock_timeout').catch(() => {});
    await connection.script('RESET statement_timeout').catch(() => {});
  }
}

async function createIndex(
  connection: Connection,
  sql: string,
  name: string,
  isTolerant: boolean,
  wasBegun: boolean,
): Promise<void> {
  if (isTolerant) {
    throw new FlashcaseError('FC_REVISION_INVALID', {
      what: 'IF NOT EXISTS would take the INVALID index of a failed run for a good one.',
      hint: 'Leave it out: a leftover of this revision is found and built anew.',
    });
  }
  const before = await indexNamed(connection, name);
  if (before === 'valid' && wasBegun) return;
  if (before === 'invalid') await connection.script(`DROP INDEX CONCURRENTLY ${name}`);
  try {
    await connection.script(sql);
  } catch (error) {
    // It is of no use and costs every write; a connection that is gone leaves it to the next run.
    if ((await indexNamed(connection, name).catch(() => undefined)) === 'invalid')
      await connection.script(`DROP INDEX CONCURRENTLY ${name}`).catch(() => {});
    throw error;
  }
}

async function indexNamed(connection: Connection, name: string): Promise<'valid' | 'invalid' | undefined> {
  const [row] = await catalogQuery(
    connection,
    { isValid: 'x.indisvalid' },
    'FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid WHERE c.oid = to_regclass($1)',
    [name],
  );
  return row === undefined ? undefined : row.isValid === true ? 'valid' : 'invalid';
}
