import { sqlFor } from '../../schema/column.ts';
import { printable, type StoredCell } from '../../schema/stored-cell.ts';
import type { Schema } from '../../schema/table.ts';
import { type Outcome, outcomeOf } from '../copy/special-rows.ts';
import { cellFindings, type Finding, keyText } from '../plan/findings.ts';
import { longEntriesOf } from '../plan/judge-keys.ts';
import type { Rules } from '../plan/rules.ts';
import type { SourceTable } from '../source/source-tables.ts';
import type { StoredRow } from './sqlite-journal.ts';

/** What becomes of one row: values, quarantine, or a question nobody has answered. */
export type Decided = Outcome | { readonly open: readonly Finding[] };

/** A finding about several columns of one row, as the plan words it. */
export function findingAbout(
  source: SourceTable,
  row: StoredRow,
  columns: readonly string[],
  finding: Pick<Finding, 'column' | 'kind' | 'why' | 'remedies'>,
): Finding {
  const names = Object.keys(source.table.columns);
  const cells = columns.map((column) => row.cells[names.indexOf(column)] as StoredCell);
  return {
    table: source.table.name,
    rowid: row.rowid,
    key: keyText(source.table, row),
    storageClass: cells.map(({ kind }) => kind).join(', '),
    shown: cells.map(printable).join(', '),
    ...finding,
  };
}

const TOO_LONG = 'too_long_for_index';

/** The texts of a row that may be too long for an index. */
export function tooLongFindings(source: SourceTable, row: StoredRow): Finding[] {
  return longEntriesOf(source.table)
    .filter((_, i) => row.isLong[i])
    .map(({ name, columns }) =>
      findingAbout(source, row, columns, {
        column: columns.join(','),
        kind: TOO_LONG,
        why: `too long for ${name}`,
        remedies: ['quarantine', 'keep'],
      }),
    );
}

/** What the plan would find about a row that its own cells show. */
function findingsOf(schema: Schema, source: SourceTable, row: StoredRow): Finding[] {
  const { table } = source;
  return [
    ...cellFindings(schema, source, row).filter(({ column }) => table.columns[column]?.computed === undefined),
    ...table.checks
      .filter((_, i) => row.failedChecks[i])
      .map((check) =>
        findingAbout(source, row, table.primaryKey, {
          column: check.name,
          kind: 'check_failed',
          why: `the condition ${sqlFor(check.expression, 'sqlite')} does not hold`,
          remedies: ['quarantine'],
        }),
      ),
    ...tooLongFindings(source, row),
  ];
}

/**
 * Applies what was decided to a row, by the rules of the copy. A long text nobody decided about is tried: PostgreSQL may be able to compress it.
 * @param more what only other rows show (an orphan, a duplicate).
 */
export function decideRow(
  schema: Schema,
  source: SourceTable,
  row: StoredRow,
  rules: Rules,
  more: readonly Finding[] = [],
): Decided {
  const findings = [...findingsOf(schema, source, row), ...more];
  const remedies = findings.map((finding) => {
    const remedy = rules.remedyFor(finding);
    return remedy !== undefined && finding.remedies.includes(remedy) ? remedy : undefined;
  });
  const open = findings.filter(({ kind }, i) => remedies[i] === undefined && kind !== TOO_LONG);
  if (open.length > 0) return { open };
  return outcomeOf(
    source,
    row,
    findings.filter((_, i) => remedies[i] !== undefined),
    remedies.includes('quarantine'),
    rules,
  );
}
