import { FlashcaseError } from '../../../errors/index.ts';
import { columnList } from '../../source/stored-rows.ts';
import { BinaryWriter } from '../binary-writer.ts';
import type { ExactRows } from '../exact-rows.ts';
import type { PageReader } from './page-reader.ts';
import type { Refusal } from './refusal.ts';

/**
 * Reads rows page by page, and by `bySql` what cannot be read so. Throws `FC_MOVE_FAILED` for a row that does not convert and is not in
 * `except`: the plan would have found it.
 * @param onFallback told once for each table that is read by SQL, with the reason as half a sentence.
 */
export function rowsByPages(reader: PageReader, bySql: ExactRows, onFallback: (table: string, why: string) => void): ExactRows {
  const reasons = new Map<string, string | undefined>();
  const fallBack = (table: string, why: string): void => {
    reasons.set(table, why);
    onFallback(table, why);
  };
  return function* (source, first, last, except) {
    const table = source.storedAs;
    const columns = columnList(source);
    if (!reasons.has(table)) {
      const why = reader.canRead(table, columns);
      if (why === undefined) reasons.set(table, undefined);
      else fallBack(table, why);
    }
    if (reasons.get(table) !== undefined) {
      yield* bySql(source, first, last, except);
      return;
    }
    const scan = reader.scan(table, columns, { from: first, to: last, except });
    const writer = new BinaryWriter();
    for (;;) {
      let refused: Refusal | undefined;
      const { rows, done } = scan.read(writer, (refusal) => {
        refused = refusal;
        return 'stop';
      });
      if (rows > 0) yield { bytes: writer.take(), rows };
      if (refused !== undefined) {
        if (refused.reason !== 'short_record') throw unplanned(table, refused);
        fallBack(table, 'it has rows that are older than one of its columns');
        yield* bySql(source, refused.rowid, last, except);
        return;
      }
      if (done) return;
    }
  };
}

function unplanned(table: string, { rowid, column, reason }: Refusal): FlashcaseError {
  return new FlashcaseError('FC_MOVE_FAILED', {
    what: `A row cannot be copied as it is (${reason}), and the plan does not know it.`,
    where: `${table}.${column}, row id ${rowid}`,
    hint: 'Run flashcase move plan again.',
  });
}
