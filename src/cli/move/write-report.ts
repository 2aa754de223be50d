import { statSync } from 'node:fs';
import { writeDurably } from '../../db/durable-file.ts';
import type { MoveReport } from '../../move/report/move-report.ts';
import { reportPage } from '../../move/report/page.ts';
import type { Sealed } from '../../move/report/seal.ts';

/** Whoever serves the SQLite file can read what lies beside it, also when root types the command; nobody else can. */
function write(file: string, text: string, ownerFile: string): void {
  const { uid, gid } = statSync(ownerFile);
  writeDurably(file, Buffer.from(text), { mode: 0o600, uid, gid });
}

/** Writes the report itself. */
export const writeReportJson = (file: string, report: Sealed<MoveReport>, ownerFile: string): void =>
  write(file, `${JSON.stringify(report, undefined, 2)}\n`, ownerFile);

/** Writes the page that shows it. */
export const writeReportPage = (file: string, report: Sealed<MoveReport>, ownerFile: string): void =>
  write(file, reportPage(report), ownerFile);
