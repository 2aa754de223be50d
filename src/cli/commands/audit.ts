import { hostname } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import type { Database } from '../../db/database.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { readRun } from '../../move/target/bookkeeping.ts';
import { eventOf } from '../../ops/audit/event.ts';
import { type AuditJournal, journalBeside, journalOf } from '../../ops/audit/journal.ts';
import { type AuditStep, judgeChain, keptEvents, stepsOf } from '../../ops/audit/steps.ts';
import { Timestamp } from '../../schema/index.ts';
import { exitCodes } from '../exit-codes.ts';
import { commandSettings, print, withDatabase } from './open.ts';

const BROKEN = 3;

/** Of this machine only: nobody sees from here whether another one still has its process. */
function isSeenHere(name: string): boolean {
  const [, host, pid] = /^(.*) pid (\d+)$/.exec(name) ?? [];
  if (host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

const timeOf = (text: string): Timestamp => {
  const time = Timestamp.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text} 00:00:00` : text);
  if (time === undefined) throw new InvalidArgumentError('It is a time such as 2026-03-01 or 2026-03-01T09:30:00Z.');
  return time;
};

/** The journals of this installation that are on this machine. */
async function journalsOf(database: Database | undefined): Promise<AuditJournal[]> {
  const own = journalOf(commandSettings(), process.cwd());
  if (database === undefined || database.engine.capabilities.isLocalFile) return [own];
  const run = await database.engine.dedicated(readRun).catch(() => undefined);
  return run === undefined ? [own] : [...new Map([own, journalBeside(run.sourceFile)].map((one) => [one.folder, one])).values()];
}

type Kept = Awaited<ReturnType<typeof keptEvents>>;

interface Trail extends Kept {
  readonly journals: readonly AuditJournal[];
  /** Why the database's part cannot be read; what waits in journals is shown without it. */
  readonly unread: FlashcaseError | undefined;
}

async function readTrail(since?: Timestamp): Promise<Trail> {
  try {
    return await withDatabase(async (database) => {
      const journals = await journalsOf(database);
      return { ...(await keptEvents(database, since)), journals, unread: undefined };
    }, true);
  } catch (error) {
    if (!(error instanceof FlashcaseError)) throw error;
    return { rows: [], names: new Map(), journals: await journalsOf(undefined), unread: error };
  }
}

const seconds = (end: AuditStep['end']): string => (typeof end?.ms === 'number' ? `${(end.ms / 1000).toFixed(1)} s` : '');

function line({ begunAt, endedAt, who, process, command, outcome, end, given, isWaiting }: AuditStep): string {
  const failed = outcome === 'failed' ? ` ${end?.code ?? `exit ${end?.exit}`}` : '';
  const shown = given === null ? '' : `  ${JSON.stringify(given)}`;
  return `${(begunAt ?? endedAt ?? '').slice(0, 19)}  ${who}@${process}  ${command}  ${outcome}${failed} ${seconds(end)}${isWaiting ? '  (waits in a journal)' : ''}${shown}`;
}

/** `flashcase audit list | verify`. */
export function audit(): Command {
  const command = new Command('audit').description('What operators did: who, what, when, how it ended.');
  command
    .command('list')
    .description('list the steps of operators, the oldest first, also those that wait in a journal; changes nothing')
    .option('--since <time>', 'those that were begun from this time on, UTC', timeOf)
    .option('--json', 'for machines')
    .action(async ({ since, json = false }: { since?: Timestamp; json?: boolean }) => {
      const { rows, names, journals, unread } = await readTrail(since);
      if (unread !== undefined) process.stderr.write(`The database cannot be asked; its part is missing: ${unread.toText()}\n`);
      const read = journals.map((journal) => journal.read());
      const waiting = read.flatMap(({ events }) => events).filter(({ at }) => since === undefined || at >= since.text);
      const damaged = read.reduce((sum, one) => sum + one.damaged, 0);
      if (damaged > 0)
        process.stderr.write(
          `${damaged} damaged line${damaged === 1 ? '' : 's'} in ${journals.map(({ folder }) => folder).join(', ')}.\n`,
        );
      const steps = stepsOf(rows.map(eventOf), waiting, isSeenHere, (account) => names.get(account));
      print(json, steps, () => (steps.length === 0 ? ['No step is kept.'] : steps.map(line)));
    });
  exitCodes(command.command('verify'), {
    [BROKEN]: 'An event was changed, removed or slipped in, or a journal has damaged lines.',
  })
    .description(
      'check that each event of the database follows the one before, unchanged; prints the last hash, to be noted elsewhere',
    )
    .option('--json', 'for machines')
    .action(async ({ json = false }: { json?: boolean }) => {
      const { rows, journals, unread } = await readTrail();
      if (unread !== undefined) throw unread;
      const verdict = judgeChain(rows);
      const read = journals.map((journal) => journal.read());
      const damaged = read.reduce((sum, one) => sum + one.damaged, 0);
      const known = new Set(rows.map((row) => row.event_id));
      const waiting = read.flatMap(({ events }) => events).filter(({ event }) => !known.has(event)).length;
      print(json, { ...verdict, broken: verdict.broken ?? null, damaged, waiting }, () => [
        verdict.broken === undefined
          ? `${verdict.events} events, each follows the one before. The last hash: ${verdict.head === '' ? 'none' : verdict.head}`
          : `BROKEN at event ${verdict.broken.id} of ${verdict.broken.at}: ${verdict.broken.why}.`,
        ...(waiting === 0 ? [] : [`${waiting} more wait in a journal, for a server to take them in.`]),
        ...(damaged === 0 ? [] : [`${damaged} damaged lines in ${journals.map(({ folder }) => folder).join(', ')}.`]),
      ]);
      if (verdict.broken !== undefined || damaged > 0) process.exitCode = BROKEN;
    });
  return command;
}
