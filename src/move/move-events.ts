/** What a move tells while it works; a terminal shows a bar, a log plain lines, a machine NDJSON. */
export interface MoveEvents {
  /** A new piece of work begins. */
  phase(name: string, text: string): void;
  /** How many rows the phase will work through. */
  expect(rows: number): void;
  /** Rows just done. */
  rows(table: string, rows: number): void;
  /** Bytes done of all. */
  bytes(bytes: number, total: number): void;
  /** One finished thing worth a line: a table, an index. */
  done(what: string, details: Readonly<Record<string, unknown>>): void;
  /** Something the operator should read. */
  note(text: string): void;
}
