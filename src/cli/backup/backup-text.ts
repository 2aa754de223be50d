import { isAhead, type Listed } from '../../ops/backup/backup-folder.ts';
import { type ListedChain, windowText } from '../../ops/backup/log/windows.ts';
import { type Manifest, rowsOf } from '../../ops/backup/manifest.ts';
import { lastVerdicts, type Recorded } from '../../ops/backup/record.ts';
import type { Fate } from '../../ops/backup/retention.ts';
import type { VerifiedBackup } from '../../ops/backup/verify-backup.ts';
import type { Timestamp } from '../../schema/index.ts';
import { grouped, readableBytes } from '../move/progress.ts';

/** `3 h`, `12 d`. */
export function ageOf(at: string, now: Timestamp): string {
  const hours =
    (Date.parse(`${now.text.replace(' ', 'T').slice(0, 19)}Z`) - Date.parse(`${at.replace(' ', 'T').slice(0, 19)}Z`)) / 3_600_000;
  if (hours < 1) return `${Math.max(0, Math.round(hours * 60))} min`;
  return hours < 48 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} d`;
}

/** What was made, for people. */
export function madeText(manifest: Manifest, directory: string): string[] {
  const { name, source, database, data, orphans, leftOut, move } = manifest;
  return [
    `Backup ${name}: ${grouped(rowsOf(manifest))} rows of ${source.version}, ${readableBytes(database.bytes)} in ${readableBytes(data.bytes)}${data.encryption === undefined ? '' : ', encrypted'}; read back and whole.`,
    `  in      ${directory}`,
    ...(orphans === 0
      ? []
      : [`  note    ${orphans} rows refer to rows that are not there; the database is so: flashcase db check`]),
    ...leftOut.map((table) => `  note    not in it, because the schema has no such table: ${table}`),
    ...(move === undefined ? [] : [`  note    made in the middle of the move ${move.runId}`]),
  ];
}

/** The moments that can be restored, and what is wrong with a log. */
export function windowsText(chains: readonly ListedChain[]): string[] {
  return chains.flatMap(({ name, window, error }) => {
    if (error !== undefined) return [`The change log ${name}: ${error.code} ${error.why ?? error.message}`];
    if (window === undefined) return [];
    const { ended } = window.head;
    const { undated } = window;
    const last = undated.at(-1);
    return [
      `Any moment from ${windowText(window)}: flashcase restore --to TIME${ended === undefined ? '' : ` (it ended: ${ended})`}`,
      ...(last === undefined
        ? []
        : [
            `  but for ${undated.length === 1 ? 'one stretch' : `${undated.length} stretches`} before a server was killed, the last from ${last.after} to ${last.upTo}: its changes go together`,
          ]),
    ];
  });
}

/** All backups with what is known of them. */
export function listText(backups: readonly Listed[], entries: readonly Recorded[], now: Timestamp): string[] {
  if (backups.length === 0) return ['There is no backup yet. Make one: flashcase backup now'];
  const verdicts = lastVerdicts(entries);
  const lines = backups.map(({ name, manifest, error }) => {
    const verdict = verdicts.get(name);
    const said =
      error !== undefined
        ? `${error.code} ${error.why ?? error.message}`
        : verdict === undefined
          ? 'not verified'
          : `${verdict.isGood ? (verdict.kind === 'drill' ? 'restored in a drill' : 'whole') : `damaged: ${verdict.detail ?? ''}`} ${ageOf(verdict.at, now)} ago`;
    if (manifest === undefined) return `${name.padEnd(24)} ${said}`;
    return `${name.padEnd(24)} ${(isAhead(manifest.madeAt, now) ? 'in future' : `${ageOf(manifest.madeAt, now)} old`).padEnd(10)} ${manifest.source.engine.padEnd(9)} ${`${grouped(rowsOf(manifest))} rows`.padStart(14)} ${readableBytes(manifest.data.bytes).padStart(9)}${manifest.data.encryption === undefined ? '' : ' encrypted'}   ${said}`;
  });
  const drill = entries.findLast(({ kind }) => kind === 'drill');
  const failure = entries.findLast(({ kind }) => kind === 'backup');
  return [
    ...lines,
    drill === undefined
      ? 'No restore was tried yet: flashcase drill'
      : `Last drill ${ageOf(drill.at, now)} ago: ${drill.isGood ? 'good' : `FAILED, ${drill.detail ?? ''}`}`,
    ...(failure?.isGood === false
      ? [`The last try to make a backup FAILED, ${ageOf(failure.at, now)} ago: ${failure.detail ?? ''}`]
      : []),
  ];
}

/** What becomes of each backup. */
export function pruneText(fates: readonly Fate[], isDryRun: boolean): string[] {
  const gone = fates.filter(({ isKept }) => !isKept);
  return [
    ...fates.map(({ name, isKept, why }) => `${name.padEnd(24)} ${isKept ? 'kept' : isDryRun ? 'would go' : 'removed'}   ${why}`),
    gone.length === 0
      ? 'Nothing is past its time.'
      : isDryRun
        ? `${gone.length} would be removed; nothing was.`
        : `${gone.length} removed, ${fates.length - gone.length} kept.`,
  ];
}

/** What was found. */
export function verifyText(results: readonly VerifiedBackup[]): string[] {
  if (results.length === 0) return ['There is no backup to verify.'];
  return results.flatMap(({ name, error }) =>
    error === undefined ? [`${name}  whole`] : [`${name}  ${error.code}: ${error.why ?? error.message}`],
  );
}
