import type { Connection } from '../../engine/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { ColumnType } from '../../schema/column.ts';
import type { CarriedTable } from '../carried-tables.ts';
import { quoted } from '../source/source-tables.ts';
import type { HomeSource } from './inspect-source.ts';

/** Values of one kind that PostgreSQL holds and SQLite cannot, in one column. */
export interface HomeFinding {
  readonly table: string;
  /** The column, several joined by a comma, or `*` for the whole table. */
  readonly column: string;
  readonly kind: 'not_finite' | 'negative_zero' | 'time_out_of_range' | 'duplicate_key' | 'orphan' | 'unknown_table';
  readonly rows: number;
  readonly why: string;
  /** The first rows: key and value as PostgreSQL writes them. */
  readonly examples: readonly { readonly key: string; readonly value: string }[];
  /** What finds all of them. */
  readonly find: string;
}

interface Question {
  readonly column: string;
  readonly kind: HomeFinding['kind'];
  readonly why: string;
  /** SQL that is true for a row that cannot go; its table is `t`. */
  readonly condition: string;
  /** What shows it. */
  readonly shown: string;
}

/** Rows of a kind that are shown. */
const EXAMPLES = 10;

/** NaN is larger than every number here, and infinity than every time: each comparison below means what it says. */
const VALUES: Partial<Record<ColumnType, (c: string) => readonly Pick<Question, 'kind' | 'why' | 'condition'>[]>> = {
  float64: (c) => [
    {
      kind: 'not_finite',
      why: 'SQLite has no NaN, and FlashCase keeps finite numbers only',
      condition: `${c} IN ('NaN'::float8, 'Infinity'::float8, '-Infinity'::float8)`,
    },
    {
      kind: 'negative_zero',
      why: 'minus zero is stored; SQLite keeps it as 0',
      condition: `${c} = 0 AND float8send(${c}) <> float8send(0)`,
    },
  ],
  timestamp: (c) => [
    {
      kind: 'time_out_of_range',
      why: 'the time is outside the years 0001 to 9999',
      condition: `(${c} < '0001-01-01 00:00:00+00'::timestamptz OR ${c} > '9999-12-31 23:59:59.999999+00'::timestamptz)`,
    },
  ],
};

/** Those about single values, and those about other rows as well, which a query of its own answers much faster. */
function questionsOf({ table }: CarriedTable): { readonly values: readonly Question[]; readonly rows: readonly Question[] } {
  const column = (name: string): string => `t.${quoted(name)}`;
  const values = Object.entries(table.columns).flatMap(([name, { type }]) =>
    (VALUES[type]?.(column(name)) ?? []).map((question) => ({ ...question, column: name, shown: `${column(name)}::text` })),
  );
  const orphans = table.foreignKeys.map(({ columns, references }): Question => {
    const isSame = columns.map((name, i) => `p.${quoted(references.columns[i] as string)} = ${column(name)}`).join(' AND ');
    return {
      column: columns.join(','),
      kind: 'orphan',
      why: `there is no such row in ${references.table}`,
      condition: `${columns.map((name) => `${column(name)} IS NOT NULL`).join(' AND ')} AND NOT EXISTS (SELECT 1 FROM ${quoted(references.table)} AS p WHERE ${isSame})`,
      shown: `concat_ws(', ', ${columns.map((name) => `${column(name)}::text`).join(', ')})`,
    };
  });
  // PostgreSQL's key of a partitioned table has a column more, and may hold the file's key twice.
  const key = table.primaryKey.map(quoted).join(', ');
  const duplicates: Question[] =
    table.partitionedKey === undefined
      ? []
      : [
          {
            column: table.primaryKey.join(','),
            kind: 'duplicate_key',
            why: 'another row has the same key',
            condition: `(${table.primaryKey.map(column).join(', ')}) IN (SELECT ${key} FROM ${quoted(table.name)} GROUP BY ${key} HAVING count(*) > 1)`,
            shown: `concat_ws(', ', ${table.primaryKey.map((name) => `${column(name)}::text`).join(', ')})`,
          },
        ];
  return { values, rows: [...orphans, ...duplicates] };
}

/** How many rows answer each question with yes. */
async function countsOf(connection: Connection, carried: CarriedTable): Promise<(readonly [Question, number])[]> {
  const from = `FROM ${quoted(carried.table.name)} AS t`;
  const { values, rows } = questionsOf(carried);
  const counted: [Question, number][] = [];
  if (values.length > 0) {
    const [found] = await connection.query(
      `SELECT ${values.map(({ condition }, i) => `count(*) FILTER (WHERE ${condition}) AS m_${i}`).join(', ')} ${from}`,
    );
    counted.push(...values.map((question, i): [Question, number] => [question, Number(found?.[`m_${i}`])]));
  }
  for (const question of rows) {
    const [found] = await connection.query(`SELECT count(*) AS m_rows ${from} WHERE ${question.condition}`);
    counted.push([question, Number(found?.m_rows)]);
  }
  return counted;
}

async function judgeTable(connection: Connection, carried: CarriedTable): Promise<HomeFinding[]> {
  const from = `FROM ${quoted(carried.table.name)} AS t`;
  const key = carried.table.primaryKey
    .map((name) => `'${name.replaceAll("'", "''")}=' || t.${quoted(name)}::text`)
    .join(` || ',' || `);
  const order = carried.table.primaryKey.map((name) => `t.${quoted(name)}`).join(', ');
  const findings: HomeFinding[] = [];
  for (const [{ column, kind, why, condition, shown }, rows] of await countsOf(connection, carried)) {
    if (rows === 0) continue;
    const examples = await connection.query(
      `SELECT ${key} AS m_key, ${shown} AS m_shown ${from} WHERE ${condition} ORDER BY ${order} LIMIT ${EXAMPLES}`,
    );
    findings.push({
      table: carried.table.name,
      column,
      kind,
      rows,
      why,
      examples: examples.map((row) => ({ key: String(row.m_key), value: String(row.m_shown).slice(0, 80) })),
      find: `SELECT * ${from} WHERE ${condition}`,
    });
  }
  return findings;
}

/**
 * Asks PostgreSQL, in the caller's snapshot, for everything SQLite cannot hold. There is no rule for such values: who wants to go home changes
 * them where they are.
 */
export async function judgeSource(
  connection: Connection,
  tables: readonly CarriedTable[],
  source: Pick<HomeSource, 'unknown'>,
  onTable: (table: CarriedTable) => void,
): Promise<HomeFinding[]> {
  // Times are shown the same way on every server.
  await connection.script("SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'");
  const findings: HomeFinding[] = [];
  for (const carried of tables) {
    findings.push(...(await judgeTable(connection, carried)));
    onTable(carried);
  }
  const unknown = source.unknown.map(
    ({ name, rows }): HomeFinding => ({
      table: name,
      column: '*',
      kind: 'unknown_table',
      rows,
      why: 'the schema has no such table',
      examples: [],
      find: `SELECT * FROM ${quoted(name)}`,
    }),
  );
  return [...findings, ...unknown];
}

/** What keeps a run from beginning: tables that may stay behind do not. */
export function openFindings(findings: readonly HomeFinding[], isLeavingUnknown: boolean): HomeFinding[] {
  return findings.filter(({ kind }) => kind !== 'unknown_table' || !isLeavingUnknown);
}

/** Throws `FC_MOVE_DECISION_NEEDED`, naming each kind with its first row, when there is one. */
export function refuseFindings(open: readonly HomeFinding[], where: string): void {
  if (open.length === 0) return;
  const shown = open.map(({ table, column, kind, rows, why, examples: [first] }) =>
    kind === 'unknown_table'
      ? `${table} (${rows} rows): ${why}`
      : `${table} ${first?.key}, ${column} ${first?.value}: ${why}${rows > 1 ? ` (${rows} rows)` : ''}`,
  );
  throw new FlashcaseError('FC_MOVE_DECISION_NEEDED', {
    what: `SQLite cannot hold what is in PostgreSQL: ${shown.join('; ')}.`,
    where,
    why: 'Nothing was changed on either side.',
    hint: 'flashcase move plan shows them and the statement that finds them. Change them in PostgreSQL, or delete the rows; tables the schema does not have may stay: --leave-unknown.',
    details: { open },
  });
}
