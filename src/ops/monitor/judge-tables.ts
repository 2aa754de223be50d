import type { Engine } from '../../engine/engine.ts';
import type { MissingIndex } from './find-missing-indexes.ts';
import type { Finding } from './finding.ts';
import { figureText } from './in-words.ts';
import type { TableState } from './read-tables.ts';

/** As the alert FlashcasePostgresDeadRows. */
const DEAD_ROWS = 10_000;
const DEAD_SHARE = 0.3;
/** Smaller ones are not worth anybody's time. */
const BLOAT_BYTES = 10_000_000;
const BLOAT_SHARE = 0.5;
/** From here on the room is worth a look today. */
const MUCH_BYTES = 1_000_000_000;
/** The planner guesses where it has never looked. */
const UNSEEN_ROWS = 1000;

const isBloated = (bytes: number, bloat: number | null): bloat is number =>
  bloat !== null && bloat > BLOAT_BYTES && bloat > BLOAT_SHARE * bytes;

/** What is wrong with tables and indexes. */
export function judgeTables(
  tables: readonly TableState[],
  missing: readonly MissingIndex[],
  { ddl, capabilities }: Engine,
): Finding[] {
  const findings: Finding[] = missing.map(({ table, name, sql }) => ({
    id: 'index-missing',
    severity: 'page',
    on: name,
    says: `The index ${name} of ${table} is not there: queries read the whole table.`,
    figure: 1,
    threshold: 0,
    unit: 'number',
    advice: `Bring ${name} back:`,
    command: sql,
    runbook: 'FlashcaseSchemaDrift',
  }));
  for (const table of tables) {
    const { name, rows, deadRows, bytes, bloatBytes } = table;
    const quoted = ddl.quote(name);
    if (deadRows !== null && deadRows > DEAD_ROWS && deadRows > DEAD_SHARE * rows)
      findings.push({
        id: 'dead-rows',
        severity: 'warning',
        on: name,
        says: `${name} has ${figureText(deadRows, 'rows')} dead rows beside ${figureText(rows, 'rows')}.`,
        figure: deadRows,
        threshold: DEAD_ROWS,
        unit: 'rows',
        advice: 'Free them; nobody is kept out.',
        command: `VACUUM (ANALYZE) ${quoted};`,
        runbook: 'FlashcasePostgresDeadRows',
      });
    if (!table.isAnalyzed && rows > UNSEEN_ROWS)
      findings.push({
        id: 'never-analyzed',
        severity: 'warning',
        on: name,
        says: `The planner has never looked at ${name} (${figureText(rows, 'rows')} rows).`,
        figure: rows,
        threshold: UNSEEN_ROWS,
        unit: 'rows',
        advice: 'Let it look.',
        command: `ANALYZE ${quoted};`,
        runbook: 'FlashcasePostgresDeadRows',
      });
    // On SQLite pages that are used in part fill up again, and those that hold nothing are counted for the whole file.
    if (capabilities.isLocalFile) continue;
    if (isBloated(bytes, bloatBytes))
      findings.push({
        id: 'table-bloat',
        severity: bloatBytes > MUCH_BYTES ? 'warning' : 'note',
        on: name,
        says: `About ${figureText(bloatBytes, 'bytes')} of the ${figureText(bytes, 'bytes')} of ${name} hold nothing (an estimate).`,
        figure: bloatBytes,
        threshold: BLOAT_BYTES,
        unit: 'bytes',
        advice: `New rows use the room again, so mostly nothing is to be done. To give it back to the disk, in an hour without students (it keeps everybody out of ${name}):`,
        command: `VACUUM (FULL, ANALYZE) ${quoted};`,
        runbook: 'FlashcasePostgresDeadRows',
      });
    for (const index of table.indexes) {
      if (!index.isValid)
        findings.push({
          id: 'index-invalid',
          severity: 'warning',
          on: index.name,
          says: `The index ${index.name} of ${name} was left by a build that failed: it is kept up to date and used by nobody.`,
          figure: index.bytes,
          threshold: 0,
          unit: 'bytes',
          advice: /_cc(?:new|old)\d*$/.test(index.name) ? 'It is a left-over: drop it.' : 'Build it anew; nobody is kept out.',
          command: /_cc(?:new|old)\d*$/.test(index.name)
            ? `DROP INDEX CONCURRENTLY ${ddl.quote(index.name)};`
            : `REINDEX INDEX CONCURRENTLY ${ddl.quote(index.name)};`,
        });
      else if (isBloated(index.bytes, index.bloatBytes))
        findings.push({
          id: 'index-bloat',
          severity: index.bloatBytes > MUCH_BYTES ? 'warning' : 'note',
          on: index.name,
          says: `About ${figureText(index.bloatBytes, 'bytes')} of the ${figureText(index.bytes, 'bytes')} of the index ${index.name} are not needed (an estimate).`,
          figure: index.bloatBytes,
          threshold: BLOAT_BYTES,
          unit: 'bytes',
          advice: 'Build it anew; nobody is kept out.',
          command: `REINDEX INDEX CONCURRENTLY ${ddl.quote(index.name)};`,
        });
    }
  }
  return findings;
}
