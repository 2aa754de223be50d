/** A cell of RFC 4180: quoted only where it must be. */
function cell(text: string): string {
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Comma-separated rows for spreadsheets and `flashcase import`. */
export function* csvLines(rows: Iterable<readonly string[]>): Generator<string> {
  for (const row of rows) yield `${row.map(cell).join(',')}\r\n`;
}
