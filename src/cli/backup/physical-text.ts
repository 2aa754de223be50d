import { withoutPassword } from '../../db/database-url.ts';
import type { Settings } from '../../db/settings.ts';
import type { Recorded } from '../../ops/backup/record.ts';
import type { ClusterDrillReport } from '../../ops/physical/drill-cluster.ts';
import type { PhysicalSet } from '../../ops/physical/physical-backup.ts';
import type { RestoredCluster } from '../../ops/physical/restore-cluster.ts';
import { type Setup, settingLines } from '../../ops/physical/setup.ts';
import type { TakenSet } from '../../ops/physical/take-set.ts';
import { type PhysicalWindow, physicalWindowText } from '../../ops/physical/windows.ts';
import type { Timestamp } from '../../schema/index.ts';
import { grouped, readableBytes, readableSeconds } from '../move/progress.ts';
import { ageOf } from './backup-text.ts';

const hidden = (text: string): string => text.replace(/^(repo1-(?:cipher-pass|s3-key|s3-key-secret)=).*$/gm, '$1***');

/** What was set up, or what has to be typed. @param isPrinting nothing was done */
export function setupText({ tool, server, config, needed, isReady, elsewhere }: Setup, isPrinting: boolean): string[] {
  const lines = settingLines(needed);
  const isRestart = needed.some(({ isRight, needsRestart }) => !isRight && needsRestart);
  return [
    `${tool} for ${server}`,
    ...(elsewhere === undefined
      ? []
      : [
          `${elsewhere.message} What follows goes to the machine of PostgreSQL, with pgBackRest and FlashCase installed there; the whole of it is`,
          'done by flashcase backup setup, typed there with the same settings as the user PostgreSQL runs as.',
        ]),
    ...(isPrinting
      ? [
          '',
          `-- ${config.file} (mode 0600, of the user PostgreSQL runs as; secrets are hidden here)`,
          ...hidden(config.text).trimEnd().split('\n'),
        ]
      : []),
    ...(lines.length === 0
      ? ['PostgreSQL is set as archiving needs it.']
      : [
          '',
          '-- In psql, as a superuser:',
          ...lines,
          isRestart
            ? '-- Then restart PostgreSQL: archive_mode and wal_level are read at its start only.'
            : 'SELECT pg_reload_conf();',
        ]),
    ...(isReady
      ? [
          'The repository is ready, and a piece of log was seen to arrive in it.',
          'Next: flashcase backup now --physical full, then flashcase drill. A server of FlashCase on this machine does both every night.',
        ]
      : isPrinting
        ? ['', 'Nothing was changed. Next: flashcase backup setup']
        : [
            `${config.file} is written, and the repository is ready.`,
            'Next: the lines above, then flashcase backup setup once more: it looks whether the log arrives.',
          ]),
  ];
}

const setLine = ({ label, kind, stoppedAt, clusterBytes, storedBytes, isDamaged }: PhysicalSet, now: Timestamp): string =>
  `${label.padEnd(34)} ${`${ageOf(stoppedAt.text, now)} old`.padEnd(10)} ${kind.padEnd(5)} ${readableBytes(clusterBytes).padStart(9)}${storedBytes === undefined ? '' : ` in ${readableBytes(storedBytes)}`}${isDamaged ? '   DAMAGED: a page of the cluster was when it was taken' : ''}`;

/** Physical backups with the moments they give, and how the last drill of them went. */
export function physicalListText(
  sets: readonly PhysicalSet[],
  windows: readonly PhysicalWindow[],
  entries: readonly Recorded[],
  now: Timestamp,
): string[] {
  const drill = entries.findLast(({ kind }) => kind === 'physical-drill');
  return [
    '',
    'Physical backups of PostgreSQL:',
    ...(sets.length === 0 ? ['  none yet: flashcase backup now --physical'] : sets.toReversed().map((set) => setLine(set, now))),
    ...windows.map(
      (window) => `Any moment from ${physicalWindowText(window)}: flashcase restore --to TIME --into cluster:FOLDER`,
    ),
    ...(sets.length > 0 && windows.length === 0 ? ['No moment can be restored: the log behind these backups is not whole.'] : []),
    drill === undefined
      ? 'No cluster was tried out yet: flashcase drill'
      : `Last drill of a cluster ${ageOf(drill.at, now)} ago: ${drill.isGood ? 'good' : `FAILED, ${drill.detail ?? ''}`}`,
  ];
}

/** What was taken. */
export const takenText = ({ label, kind, clusterBytes, storedBytes, tool, seconds }: TakenSet): string[] => [
  `Physical backup ${label} (${kind}): ${readableBytes(clusterBytes)} of the cluster${storedBytes === undefined ? '' : ` in ${readableBytes(storedBytes)}`}, by ${tool}, in ${readableSeconds(seconds)}; its log is archived.`,
];

/** What was restored, and what comes next. */
export function restoredClusterText(restored: RestoredCluster, settings: Settings): string[] {
  const { folder, set, to, reached, aside, rows, revision, cardStates, hasSettings, isArchiving, bin, seconds } = restored;
  const url = settings.database.engine === 'postgres' ? withoutPassword(settings.database.url) : '';
  return [
    `${to === undefined ? 'All that is archived' : `The moment ${to} UTC`} is restored (backup ${set} and the log behind it): ${grouped(rows)} rows.`,
    `  folder  ${folder}; no server runs in it`,
    ...(reached === undefined ? [] : [`  last    commit in it: ${reached.slice(0, 26)} UTC`]),
    ...(aside === undefined ? [] : [`  before  ${aside} (what was there; remove it when you are sure)`]),
    `  tried   revision ${revision ?? 'none'}; every reference followed; ${grouped(cardStates.checked)} of ${grouped(cardStates.total)} card states recomputed, all right`,
    `  took    ${readableSeconds(seconds)}`,
    ...(isArchiving
      ? [
          'Next: start PostgreSQL as you always do. It goes on to that moment, serves, and archives on a new timeline; then flashcase backup now --physical full.',
        ]
      : [
          hasSettings
            ? `Next, to look at it: ${bin}/pg_ctl -D ${folder} -o '-p 5433' -w start, then ${url.replace(/:\d+\//, ':5433/')}`
            : `Next, to look at it: its postgresql.conf lies elsewhere on this kind of system. ${bin}/pg_ctl -D ${folder} -o '-p 5433 -c config_file=/path/of/postgresql.conf -c data_directory=${folder}' -w start`,
          'It archives nothing (archive_mode = off in its postgresql.auto.conf). To serve from that moment instead, stop PostgreSQL and restore into its own folder: what is there is kept aside.',
        ]),
  ];
}

/** What a drill of the physical backups found. */
export const clusterDrillText = ({
  set,
  moment,
  revision,
  rows,
  cardStates,
  user,
  isEncrypted,
  seconds,
}: ClusterDrillReport): string[] => [
  `The physical backup ${set} and its log were restored into a scratch cluster${isEncrypted ? ', with the key file alone' : ''}, and are right.`,
  `  moment    ${moment.slice(0, 19)} UTC, drawn at random: ${grouped(rows)} rows; every reference followed`,
  `  schema    revision ${revision ?? 'none'}`,
  `  cards     ${grouped(cardStates.checked)} of ${grouped(cardStates.total)} states recomputed from the reviews, all right`,
  `  login     ${user}, with a password of the trial`,
  `  took      ${readableSeconds(seconds)}; nothing of it is left`,
];
