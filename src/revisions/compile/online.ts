import { ddl } from '../../engine/postgres/ddl.ts';
import { objectName } from '../../schema/name.ts';
import type { State } from '../state.ts';
import type { Step } from '../step.ts';
import type { Keeping } from './aside.ts';
import { compileForPostgres } from './postgres.ts';

const NAME = '"(?:[^"]|"")+"';
const INDEX = /^(CREATE (?:UNIQUE )?INDEX|DROP INDEX) (?=")/;
const CHECKED = new RegExp(`^(ALTER TABLE ${NAME}) ADD CONSTRAINT (${NAME}) (?:FOREIGN KEY|CHECK) `);
const UNIQUE = new RegExp(`^(ALTER TABLE (${NAME})) ADD CONSTRAINT (${NAME}) UNIQUE (\\(.*\\))$`);
const NOT_NULL = new RegExp(`^(ALTER TABLE (${NAME})) ALTER COLUMN (${NAME}) SET NOT NULL$`);

/**
 * The statements of a step for a PostgreSQL that is in use, each to be committed alone: indexes are built while others write; foreign
 * keys and checks hold for new rows at once and are proved for old ones afterwards, which keeps nobody waiting (facts F44); a column
 * becomes NOT NULL by a proved check instead of a scan under the strongest lock (F43).
 */
export function compileOnline(step: Step, before: State, keeping?: Keeping): string[] {
  const plain = compileForPostgres(step, before, keeping).map((action) => (action.kind === 'statement' ? action.sql : ''));
  return step.kind === 'alterTable' ? plain.flatMap(online) : plain;
}

function online(sql: string): string[] {
  // A lock, and what waits for the commit, end with the statement's own commit.
  if (sql.startsWith('LOCK TABLE ') || sql.startsWith('SET CONSTRAINTS ')) return [];
  if (INDEX.test(sql)) return [sql.replace(INDEX, '$1 CONCURRENTLY ')];
  const checked = CHECKED.exec(sql);
  if (checked !== null) return [`${sql} NOT VALID`, `${checked[1]} VALIDATE CONSTRAINT ${checked[2]}`];
  const unique = UNIQUE.exec(sql);
  if (unique !== null) {
    return [
      `CREATE UNIQUE INDEX CONCURRENTLY ${unique[3]} ON ${unique[2]} ${unique[4]}`,
      `${unique[1]} ADD CONSTRAINT ${unique[3]} UNIQUE USING INDEX ${unique[3]}`,
    ];
  }
  const required = NOT_NULL.exec(sql);
  if (required !== null) {
    const [, alter, table, column] = required as unknown as [string, string, string, string];
    const name = ddl.quote(objectName('nn', unquoted(table), unquoted(column)));
    return [
      `${alter} ADD CONSTRAINT ${name} CHECK (${column} IS NOT NULL) NOT VALID`,
      `${alter} VALIDATE CONSTRAINT ${name}`,
      sql,
      `${alter} DROP CONSTRAINT ${name}`,
    ];
  }
  return [sql];
}

const unquoted = (name: string): string => name.slice(1, -1).replaceAll('""', '"');
