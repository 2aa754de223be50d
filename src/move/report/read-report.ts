import { readFileSync } from 'node:fs';
import { FlashcaseError } from '../../errors/index.ts';
import { FORMAT, type MoveReport } from './move-report.ts';
import type { Sealed } from './seal.ts';

/** Reads a sealed report. Throws `FC_INPUT_INVALID` for anything else; whether its seal holds is not looked at. */
export function readReport(file: string): Sealed<MoveReport> {
  const refuse = (why: string): never => {
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: 'This is no report of a move.',
      where: file,
      why,
      hint: 'A report is the .report.json file that flashcase move finish wrote.',
    });
  };
  try {
    const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Sealed<MoveReport>> | null;
    const isReport = read?.format === FORMAT && Array.isArray(read.events) && typeof read.seal === 'object' && read.seal !== null;
    return isReport ? (read as Sealed<MoveReport>) : refuse('It has another form, or no seal.');
  } catch (error) {
    if (error instanceof FlashcaseError) throw error;
    return refuse((error as Error).message);
  }
}
