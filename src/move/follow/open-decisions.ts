import { FlashcaseError } from '../../errors/index.ts';
import type { Finding } from '../plan/findings.ts';

/** Keys an error names for each kind of problem; it counts all of them. */
const NAMED = 20;

/** Rows met on the way that PostgreSQL cannot hold and nobody decided about. */
export class OpenDecisions {
  readonly #open = new Map<string, { readonly first: Finding; rows: number; readonly keys: string[] }>();

  add(findings: readonly Finding[]): void {
    for (const finding of findings) {
      const place = JSON.stringify([finding.table, finding.column, finding.kind]);
      const known = this.#open.get(place);
      if (known === undefined) this.#open.set(place, { first: finding, rows: 1, keys: [finding.key] });
      else {
        known.rows++;
        if (known.keys.length < NAMED) known.keys.push(finding.key);
      }
    }
  }

  /** Throws `FC_MOVE_DECISION_NEEDED`, naming table, key, column and kind, when there is one. */
  refuse(): void {
    if (this.#open.size === 0) return;
    const open = [...this.#open.values()].map(({ first: { table, column, kind, shown, why }, rows, keys }) => ({
      table,
      column,
      kind,
      rows,
      keys,
      shown,
      why,
    }));
    throw new FlashcaseError('FC_MOVE_DECISION_NEEDED', {
      what: `PostgreSQL cannot hold what was written to SQLite: ${open
        .map(
          ({ table, column, kind, rows, keys, shown, why }) =>
            `${table} ${keys[0]}, ${column} ${kind} (${shown}): ${why}${rows > 1 ? ` (${rows} rows)` : ''}`,
        )
        .join('; ')}.`,
      where: open.map(({ table, keys }) => `${table} ${keys.join(', ')}`).join('; '),
      why: 'Nothing of this batch was carried. SQLite goes on serving.',
      hint: 'Correct the rows in SQLite, or write a decision for each kind into the rules file; then following goes on.',
      details: { open },
    });
  }
}
