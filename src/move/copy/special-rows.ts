import type { Value } from '../../schema/column.ts';
import { rowToJson, type StoredCell } from '../../schema/stored-cell.ts';
import { applyRemedy, exactValue, isChanging } from '../plan/apply-remedy.ts';
import { type Finding, type Findings, keyJson } from '../plan/findings.ts';
import type { Rules } from '../plan/rules.ts';
import type { SourceTable } from '../source/source-tables.ts';
import { columnList, type FoundRow } from '../source/stored-rows.ts';

/** A row that goes into quarantine: what is kept of it. */
export interface QuarantinedRow {
  readonly rowid: bigint;
  readonly rowKey: string;
  readonly reason: string;
  readonly detail: string;
  readonly cells: string;
}

export type Outcome = { readonly quarantined: QuarantinedRow } | { readonly values: readonly (Value | null)[] };

function setAside(source: SourceTable, row: FoundRow, findings: readonly Finding[]): QuarantinedRow {
  const names = Object.keys(source.table.columns);
  return {
    rowid: row.rowid,
    rowKey: keyJson(source.table, row),
    reason: [...new Set(findings.map(({ kind }) => kind))].join(','),
    detail: findings
      .map(({ column, why, shown }) => `${column} (${shown}): ${why}`)
      .join('; ')
      .replaceAll('\0', '\u2400'),
    cells: rowToJson(Object.fromEntries(names.map((name, i) => [name, row.cells[i] as StoredCell]))),
  };
}

/** What the decisions make of a row that does not convert exactly. */
export function outcomeOf(
  source: SourceTable,
  row: FoundRow,
  findings: readonly Finding[],
  isRemoved: boolean,
  rules: Rules,
): Outcome {
  if (isRemoved) return { quarantined: setAside(source, row, findings) };
  const remedies = new Map<string, Finding>();
  for (const finding of findings) for (const column of finding.column.split(',')) remedies.set(column, finding);
  const values = columnList(source).map(([name, column], i) => {
    const cell = row.cells[i] as StoredCell;
    const finding = remedies.get(name);
    const remedy = finding === undefined ? undefined : rules.remedyFor(finding);
    if (remedy === undefined || !isChanging(remedy)) return exactValue(column, cell);
    // A reference of several columns is broken by emptying those that may be empty.
    if (remedy === 'set_null' && !column.isNullable) return exactValue(column, cell);
    return applyRemedy(column, cell, remedy);
  });
  return { values };
}

/** The rows of a range that a plan found, with what becomes of each. */
export class SpecialRows {
  readonly ids: ReadonlySet<bigint>;
  readonly #source: SourceTable;
  readonly #findings: Findings;
  readonly #rules: Rules;
  readonly #found: ReadonlyMap<bigint, Finding[]>;
  readonly #removed: ReadonlySet<bigint>;

  constructor(findings: Findings, source: SourceTable, rules: Rules, first: bigint, last: bigint) {
    this.#source = source;
    this.#findings = findings;
    this.#rules = rules;
    this.#found = findings.ofRange(source.table.name, first, last);
    this.#removed = findings.removedIn(source.table.name, first, last);
    this.ids = new Set(this.#found.keys());
  }

  *outcomes(): Generator<Outcome> {
    for (const [rowid, findings] of this.#found) {
      const row = this.#findings.row(this.#source, rowid) as FoundRow;
      yield outcomeOf(this.#source, row, findings, this.#removed.has(rowid), this.#rules);
    }
  }
}
