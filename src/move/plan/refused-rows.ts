import { BinaryWriter } from '../copy/binary-writer.ts';
import type { PageReader } from '../copy/page-reader/page-reader.ts';
import type { SourceTable } from '../source/source-tables.ts';
import { columnList } from '../source/stored-rows.ts';
import type { JudgeRange } from '../workers/worker-orders.ts';

/** Refused rows told at once. */
const BATCH = 10_000;

/** Reads a range as the copy would, without keeping anything but the ids of the rows that do not convert. */
export function* refusedRows(
  pages: PageReader,
  source: SourceTable,
  range: JudgeRange,
): Generator<{ rows: number; refused: readonly bigint[] }> {
  const scan = pages.scan(source.storedAs, columnList(source), { from: range.from, to: range.to });
  const writer = new BinaryWriter();
  for (let isDone = false; !isDone; ) {
    const refused: bigint[] = [];
    const step = scan.read(writer, ({ rowid }) => {
      refused.push(rowid);
      return refused.length < BATCH ? 'go_on' : 'stop';
    });
    writer.clear();
    isDone = step.done;
    yield { rows: step.rows + refused.length, refused };
  }
}
