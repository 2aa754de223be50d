import { Command } from 'commander';
import { formOf } from '../../engine/schema-form.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { adopt } from '../../ops/adopt/adopt.ts';
import { adoptionLines } from '../../ops/adopt/report.ts';
import { refuseUnknown } from '../../ops/prepare.ts';
import { readLedger } from '../../revisions/ledger.ts';
import { pendingRevisions } from '../../revisions/pending.ts';
import { downgrade, upgrade } from '../../revisions/run.ts';
import { flashcase } from '../../schema/flashcase.ts';
import { differenceOf } from '../../schema/form.ts';
import { revisions } from '../../versions/index.ts';
import { print, withDatabase } from './open.ts';

interface Options {
  readonly json?: boolean;
}

/** The id of a revision given as id, name, `head`, `base` or `-n` below the newest applied. */
function targetOf(word: string, applied: readonly string[]): string {
  if (/^-\d+$/.test(word)) return applied[applied.length - 1 - Number(word.slice(1))] ?? 'base';
  if (word === 'head') return revisions.at(-1)?.id ?? 'base';
  return revisions.find((revision) => revision.name === word)?.id ?? word;
}

export function db(): Command {
  const command = new Command('db').description('Create, upgrade, adopt and check the database.');

  command
    .command('upgrade [target]')
    .description('apply pending revisions: all, or up to an id')
    .option('--json', 'for machines')
    .action(async (target: string | undefined, options: Options) => {
      const applied = await withDatabase(async (database) => {
        await refuseUnknown(database);
        return upgrade(
          { engine: database.engine, revisions, clock: database.clock },
          target === undefined ? undefined : targetOf(target, []),
        );
      });
      print(options.json === true, { applied }, () =>
        applied.length === 0
          ? ['Nothing to do: the database is up to date.']
          : applied.map((entry) => `applied  ${entry.id} ${entry.name}  ${entry.durationMs} ms`),
      );
    });

  command
    .command('downgrade <target>')
    .description('take revisions back: -1, an id to stay at, or base; give -1 after --')
    .option('--json', 'for machines')
    .option('--yes', 'delete the data of the tables taken back')
    .action(async (target: string, options: Options & { yes?: boolean }) => {
      if (options.yes !== true) {
        throw new FlashcaseError('FC_BAD_REQUEST', {
          what: 'Taking revisions back deletes the tables they made, with everything in them.',
          hint: 'Make a backup, then run the same command with --yes.',
        });
      }
      const undone = await withDatabase(async (database) => {
        const applied = await database.engine.dedicated((connection) => readLedger(connection, database.engine));
        return downgrade(
          { engine: database.engine, revisions, clock: database.clock },
          targetOf(
            target,
            applied.map((entry) => entry.id),
          ),
        );
      });
      print(options.json === true, { undone }, () =>
        undone.length === 0 ? ['Nothing to take back.'] : undone.map((id) => `taken back  ${id}`),
      );
    });

  command
    .command('current')
    .description('what was applied, and what is pending')
    .option('--json', 'for machines')
    .action(async (options: Options) => {
      const state = await withDatabase((database) =>
        database.engine.dedicated(async (connection) => {
          const applied = await readLedger(connection, database.engine);
          return {
            location: database.engine.location,
            version: await database.engine.version(),
            applied,
            pending: pendingRevisions(revisions, applied).map(({ id, name }) => ({ id, name })),
          };
        }),
      );
      print(options.json === true, state, () => [
        `${state.version} at ${state.location}`,
        ...state.applied.map(
          (entry) =>
            `applied  ${entry.id} ${entry.name}  ${entry.appliedAt} UTC  by ${entry.appliedBy}  schema ${entry.fingerprint.slice(0, 12)}`,
        ),
        ...state.pending.map((entry) => `pending  ${entry.id} ${entry.name}`),
      ]);
    });

  command
    .command('check')
    .description('compare the database with what its revisions say; exit code 3 when it differs')
    .option('--json', 'for machines')
    .action(async (options: Options) => {
      const result = await withDatabase((database) =>
        database.engine.dedicated(async (connection) => {
          const { engine } = database;
          const pending = pendingRevisions(revisions, await readLedger(connection, engine)).map((revision) => revision.id);
          const difference = differenceOf(formOf(flashcase, engine), await engine.introspect(connection));
          const orphans = engine.capabilities.rebuildsTables
            ? (await connection.query('SELECT count(*) AS n FROM pragma_foreign_key_check'))[0]?.n
            : 0;
          const integrity = engine.capabilities.isLocalFile
            ? String(
                (await connection.query('SELECT integrity_check AS verdict FROM pragma_integrity_check LIMIT 1'))[0]?.verdict,
              )
            : 'ok';
          return { pending, ...difference, orphans, integrity };
        }),
      );
      const isEqual =
        result.pending.length + result.missing.length + result.unexpected.length === 0 &&
        result.orphans === 0 &&
        result.integrity === 'ok';
      print(options.json === true, { isEqual, ...result }, () =>
        isEqual
          ? ['The database is as its revisions say; no orphans; integrity ok.']
          : [
              ...result.pending.map((id) => `pending   revision ${id}   (flashcase db upgrade)`),
              ...result.missing.map((line) => `missing   ${line}`),
              ...result.unexpected.map((line) => `not ours  ${line}`),
              ...(result.orphans === 0 ? [] : [`orphans   ${String(result.orphans)} rows whose parent is missing`]),
              ...(result.integrity === 'ok' ? [] : [`integrity ${result.integrity}`]),
            ],
      );
      process.exitCode = isEqual ? 0 : 3;
    });

  command
    .command('adopt')
    .description('take over a database of the original Python app')
    .option('--json', 'for machines')
    .option('--yes', 'PostgreSQL: a backup was made with pg_dump')
    .action(async (options: Options & { yes?: boolean }) => {
      const report = await withDatabase(async (database) => {
        if (!database.engine.capabilities.isLocalFile && options.yes !== true) {
          throw new FlashcaseError('FC_ADOPTION_NEEDED', {
            what: 'FlashCase cannot copy a PostgreSQL database beside itself before it changes it.',
            where: database.engine.location,
            hint: 'Make a backup with pg_dump, then run flashcase db adopt --yes.',
          });
        }
        return adopt(database, { onProgress: (line) => process.stderr.write(`${line}\n`) });
      });
      print(options.json === true, report, () =>
        report.tables.length === 0 ? ['Nothing to do: this database is FlashCase’s already.'] : adoptionLines(report),
      );
    });
  return command;
}
