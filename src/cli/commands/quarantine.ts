import { Command } from 'commander';
import { listQuarantined, type Quarantined } from '../../db/stores/quarantine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { discard, openEntry, restore } from '../../ops/quarantine.ts';
import { printable, rowFromJson } from '../../schema/stored-cell.ts';
import { exitCodes } from '../exit-codes.ts';
import { print, withDatabase } from './open.ts';

const PAGE = 500;

function toEntryId(text: string): bigint {
  if (!/^\d{1,18}$/.test(text))
    throw new FlashcaseError('FC_INPUT_INVALID', { what: `${text} is not an id.`, hint: 'flashcase quarantine list' });
  return BigInt(text);
}

/** The key the row had in its table: many rows may share one reason. */
const keyOf = (entry: Quarantined): string =>
  Object.entries(rowFromJson(entry.row_key))
    .map(([column, cell]) => `${column}=${printable(cell)}`)
    .join(',');

const line = (entry: Quarantined): string =>
  `${String(entry.id).padStart(6)}  ${entry.table_name.padEnd(14)} ${keyOf(entry).padEnd(12)} ${entry.reason.padEnd(18)} ${entry.detail}`;

export function quarantine(): Command {
  const command = new Command('quarantine').description('Look at rows that were set aside.');
  command
    .command('list')
    .description('list the rows that were set aside')
    .option('--json', 'for machines')
    .action(async (options: { json?: boolean }) => {
      const entries = await withDatabase(async (database) => {
        const all: Quarantined[] = [];
        for (let after = 0n; ; ) {
          const page = await database.read((session) => listQuarantined(session, after, PAGE));
          all.push(...page);
          const last = page.at(-1);
          if (page.length < PAGE || last === undefined) return all;
          after = last.id;
        }
      });
      print(options.json === true, entries, () => (entries.length === 0 ? ['The quarantine is empty.'] : entries.map(line)));
    });
  command
    .command('show <id>')
    .description('print one of them with every cell')
    .option('--json', 'for machines')
    .action(async (id: string, options: { json?: boolean }) => {
      const entry = await withDatabase((database) => database.read((session) => openEntry(session, toEntryId(id))));
      print(options.json === true, entry, () => [
        line(entry),
        ...Object.entries(rowFromJson(entry.cells)).map(
          ([column, cell]) => `        ${column.padEnd(16)} ${cell.kind.padEnd(8)} ${printable(cell)}`,
        ),
      ]);
    });
  exitCodes(command.command('restore <id>'), { 2: 'Something is in the way of the row; nothing was changed.' })
    .description('put a row back under its old id')
    .action(async (id: string) => {
      const entry = await withDatabase((database) => restore(database, toEntryId(id)));
      process.stdout.write(`Row ${id} is back in ${entry.table_name}.\n`);
    });
  command
    .command('discard <id>')
    .description('give a row up; its cells stay on record')
    .action(async (id: string) => {
      const entry = await withDatabase((database) => discard(database, toEntryId(id)));
      process.stdout.write(`Row ${id} of ${entry.table_name} is given up; its cells stay in the quarantine table.\n`);
    });
  return command;
}
