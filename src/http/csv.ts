import type { FastifyReply } from 'fastify';

type Cell = string | number | bigint | boolean | null | undefined;

/** Quoted where RFC 4180 asks for it; nothing here is text that a person wrote. */
function cellText(cell: Cell): string {
  const text = cell === null || cell === undefined ? '' : String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Sends a table as a CSV file, its header first. */
export function sendCsv(
  reply: FastifyReply,
  name: string,
  header: readonly string[],
  rows: Iterable<Readonly<Record<string, Cell>>>,
): string {
  reply.type('text/csv; charset=utf-8; header=present').header('Content-Disposition', `attachment; filename="${name}.csv"`);
  const lines = [header, ...[...rows].map((row) => header.map((column) => cellText(row[column])))];
  return lines.map((cells) => `${cells.join(',')}\r\n`).join('');
}
