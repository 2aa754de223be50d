import { Command } from 'commander';
import { type DrillReport, drill as runDrill } from '../../ops/backup/drill/drill.ts';
import { drillCluster } from '../../ops/physical/drill-cluster.ts';
import { clusterOptions, drillOptions } from '../backup/drill-options.ts';
import { clusterDrillText } from '../backup/physical-text.ts';
import { exitCodes } from '../exit-codes.ts';
import { grouped, readableSeconds } from '../move/progress.ts';
import { commandSettings, print } from './open.ts';

function text({ backup, madeAt, revision, rows, cardStates, user, moment, seconds }: DrillReport): string[] {
  return [
    `The backup ${backup} of ${madeAt.slice(0, 16)} UTC was restored into a scratch place and is right.`,
    `  rows      ${grouped(rows)}, every table as recorded; every page and reference whole`,
    ...(revision === undefined
      ? ['  schema    of the original app; it was not adopted for the trial']
      : [
          `  schema    revision ${revision}, brought to today’s`,
          `  cards     ${grouped(cardStates.checked)} of ${grouped(cardStates.total)} states recomputed from the reviews, all right`,
          `  login     ${user}, with a password of the trial`,
        ]),
    ...(moment === undefined
      ? ['  moment    none: no change log has a window yet']
      : [
          `  moment    ${moment.at.slice(0, 19)} UTC, from the change log: ${grouped(moment.rows)} rows, tried out in the same way`,
        ]),
    `  took      ${readableSeconds(seconds)}; nothing of it is left`,
  ];
}

/** `flashcase drill`. */
export function drill(): Command {
  return exitCodes(new Command('drill'), { 3: 'The backup is damaged, or what it restores is not right.' })
    .description(
      'Restore the newest backup into a scratch place, try it out, and record how it went. A server does so every night.',
    )
    .option('--json', 'for machines')
    .option('--physical', 'only the physical backups of PostgreSQL (BACKUP_PHYSICAL)')
    .action(async (flags: { json?: boolean; physical?: boolean }) => {
      const say = (line: string): void => {
        if (flags.json !== true) process.stderr.write(`${line} …\n`);
      };
      const settings = commandSettings();
      const { physical } = settings.backup;
      if (flags.physical === true) {
        const found = await drillCluster(clusterOptions(settings, say));
        print(flags.json === true, found, () => clusterDrillText(found));
        return;
      }
      const report = await runDrill(drillOptions(settings, say));
      const cluster = physical === undefined ? undefined : await drillCluster(clusterOptions(settings, say));
      print(flags.json === true, { ...report, ...(cluster === undefined ? {} : { cluster }) }, () => [
        ...text(report),
        ...(cluster === undefined ? [] : clusterDrillText(cluster)),
      ]);
    });
}
