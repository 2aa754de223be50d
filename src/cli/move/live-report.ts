import type { FeltByKind } from '../../move/latency/latency-record.ts';
import type { Accepted } from '../../move/live/accept-set-back.ts';
import type { Finished } from '../../move/live/finish.ts';
import type { Rehearsed } from '../../move/live/rehearse.ts';
import type { Repaired } from '../../move/live/repair-rows.ts';
import type { MoveStatus } from '../../move/live/status.ts';
import { restReason, type ThrottleShown } from '../../move/live/throttle.ts';
import type { LiveVerdict } from '../../move/live/verify-live.ts';
import { KEPT_DAYS } from '../../move/report/prune-kept.ts';
import type { MoveEvent } from '../../move/state/events.ts';
import type { SetBack } from '../../move/state/witness.ts';
import type { SwitchReport } from '../../move/switch/switch-steps.ts';
import { answersLine, differenceLine, rehearsedAnswersLine } from './answers-text.ts';
import { grouped, readableBytes, readableSeconds } from './progress.ts';
import { differencesText } from './report.ts';

const ms = (value: number): string => `${Math.round(value)} ms`;
const NAMES = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const;
const other = (side: 'sqlite' | 'postgres'): 'sqlite' | 'postgres' => (side === 'sqlite' ? 'postgres' : 'sqlite');

/** One cause, a fence taken away or a table altered, is seen at every trigger. */
const PROBLEMS_SHOWN = 5;

const lastOf = (events: readonly MoveEvent[], kind: string): MoveEvent | undefined =>
  events.findLast((event) => event.kind === kind);

function verifiedLine(events: readonly MoveEvent[]): string {
  const verified = lastOf(events, 'verified');
  if (verified === undefined) return 'never compared';
  const { isEqual, rows, seconds } = verified.details as { isEqual: boolean; rows: number; seconds: number };
  return `${isEqual ? 'equal' : 'DIFFERENT'} at ${momentOf(verified.at)} (${grouped(rows)} rows, ${readableSeconds(seconds)})`;
}

/** A moment as the lines of the events show it. */
const momentOf = (iso: string | undefined): string => (iso === undefined ? 'no time yet' : iso.slice(0, 19).replace('T', ' '));

export const ACCEPT_LOSS = 'flashcase move recover --accept-loss';

/** After one side was set back; what the error's hint says in words (witness.ts). */
const AFTER_SET_BACK: Readonly<Record<SetBack['setBack'], Readonly<Record<SetBack['phase'], readonly string[]>>>> = {
  sqlite: { forward: [ACCEPT_LOSS], reverse: [ACCEPT_LOSS], decided: ['flashcase move status'] },
  postgres: { forward: ['flashcase move abort'], reverse: ['flashcase move verify', ACCEPT_LOSS], decided: [ACCEPT_LOSS] },
};

/** What may be typed next, the likeliest first. */
export function nextSteps(status: MoveStatus): readonly string[] {
  const { state, events } = status;
  if (state === undefined) return ['flashcase move plan --to URL'];
  if (status.isInterrupted) return ['flashcase move recover'];
  if (status.setBack !== undefined) return AFTER_SET_BACK[status.setBack.setBack][status.setBack.phase];
  if (state.isPaused) return ['flashcase move resume', 'flashcase move abort'];
  switch (state.phase) {
    case 'copying':
      return ['flashcase move start', 'flashcase move abort'];
    case 'forward':
      return (
        lastOf(events, 'verified')?.details.isEqual === true ? ['flashcase move cutover'] : ['flashcase move verify']
      ).concat('flashcase move abort');
    case 'reverse':
      return ['flashcase move verify', 'flashcase move rollback', 'flashcase move finish'];
    case 'finished':
      return ['flashcase move finish'];
    case 'aborting':
      return ['flashcase move abort'];
  }
}

function phaseLine(status: MoveStatus): string {
  const { state, primary, behind } = status;
  const lag = behind === undefined ? 'how far behind is not known' : behind === 0 ? 'level' : `${grouped(behind)} keys behind`;
  switch (state?.phase) {
    case undefined:
      return 'no move is under way';
    case 'copying':
      return 'SQLite is primary; the copy is not complete';
    case 'aborting':
      return 'SQLite is primary; the move is being aborted';
    case 'finished':
      return 'PostgreSQL is primary for good; the rest of the move is to be cleared away';
    default:
      return `${NAMES[primary]} is primary; ${NAMES[other(primary)]} follows, ${lag}${state?.phase === 'reverse' ? '; going back loses nothing' : ''}`;
  }
}

/** True when the copy is equal, and answers as the file does. */
export const wentWell = ({ verdict, answers }: Rehearsed): boolean => verdict.isEqual && (answers?.differences.length ?? 0) === 0;

/** What `move rehearse` prints. */
export function rehearsedText(rehearsed: Rehearsed): string {
  const { copy, verdict, answers, pausesMs, writesPerSecond, postgresBytes, logBytes, besideBytes } = rehearsed;
  const rowsIn = copy.tables.reduce((sum, table) => sum + table.rowsIn, 0);
  const quarantined = copy.tables.reduce((sum, table) => sum + table.quarantined, 0);
  const seconds = copy.seconds.prepare + copy.seconds.data + copy.seconds.finish;
  const sorted = pausesMs.toSorted((a, b) => a - b);
  const half = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return [
    'Rehearsed with a copy of the file in a database of its own; both are gone again, and users kept working.',
    `  copy      ${grouped(rowsIn - quarantined)} rows + ${grouped(quarantined)} quarantined = ${grouped(rowsIn)} in the file, ${readableSeconds(seconds)}`,
    `  verify    ${verdict.tables.filter(({ differing }) => differing === 0).length}/${verdict.tables.length} tables equal${verdict.isEqual ? '' : ' — DIFFERENT, see below'}, ${readableSeconds(verdict.seconds)}`,
    ...(answers === undefined ? [] : [`  answers   ${rehearsedAnswersLine(answers)}`]),
    `  switches  ${pausesMs.length} there and back while ${grouped(writesPerSecond)} rows a second were written: writes waited ${ms(half)} half of the time, ${ms(sorted.at(-1) ?? 0)} at most`,
    `  needs     ${readableBytes(postgresBytes)} in PostgreSQL and ${readableBytes(logBytes)} of its log; ${readableBytes(besideBytes)} beside the file while it copies`,
    ...(verdict.isEqual ? [] : [liveVerdictText(verdict)]),
    ...(answers?.differences ?? []).map(differenceLine),
    wentWell(rehearsed)
      ? 'Next: flashcase move start --to …'
      : 'Next: report this, with the lines above; the file is as it was, and serves.',
  ].join('\n');
}

/** What `move status` prints. */
export function statusText(status: MoveStatus): string {
  const { state, side, events } = status;
  if (state === undefined) return 'No move is under way.\nNext: flashcase move plan --to URL';
  const follower = state.phase === 'reverse' ? state.follower : side?.follower;
  const followedAt = state.phase === 'reverse' ? state.followedAt : side?.followedAt;
  const lines = [
    `Move ${state.runId} to ${state.target}, epoch ${state.epoch}`,
    `  phase     ${phaseLine(status)}${state.isPaused ? ' (PAUSED)' : ''}`,
    `  follower  ${follower === undefined ? 'none yet' : `${follower}, last level at ${momentOf(followedAt)}`}`,
    `  journal   ${grouped(status.journalRows)} rows in the SQLite file${status.freeBytes === undefined ? '' : `, ${readableBytes(status.freeBytes)} free beside it`}`,
    `  compared  ${verifiedLine(events)}`,
    ...(status.answers === undefined ? [] : [`  answers   ${answersLine(status.answers)}`]),
  ];
  if (state.attempt !== undefined)
    lines.push(
      status.isInterrupted
        ? `  switch    interrupted: ${state.attempt.by} began it at ${momentOf(state.attempt.startedAt)} and is gone. Nothing is lost.`
        : `  switch    ${state.attempt.by} is carrying it out since ${momentOf(state.attempt.startedAt)}`,
    );
  const switched = events.findLast(({ kind }) => kind === 'cutover' || kind === 'rollback');
  if (switched !== undefined)
    lines.push(
      `  last      ${switched.kind} at ${momentOf(switched.at)}, writes waited ${ms(switched.details.pauseMs as number)}`,
    );
  for (const mark of status.rests)
    lines.push(
      `  rests     ${mark.doing === 'copy' ? 'copying' : 'carrying'} since ${momentOf(mark.since)}: ${restReason(mark)}; it works a tenth of the time`,
    );
  if (state.throttle === 'off') lines.push('  rests     never, whatever users feel (throttle --off)');
  for (const problem of status.problems.slice(0, PROBLEMS_SHOWN)) lines.push(`  problem   ${problem}`);
  const more = status.problems.length - PROBLEMS_SHOWN;
  if (more > 0) lines.push(`            and ${more} more; --json lists all`);
  lines.push(`Next: ${nextSteps(status).join('  |  ')}`);
  return lines.join('\n');
}

/** What users feel now, as a line of the status. */
export function feltText({ all, writes }: FeltByKind, seconds: number): string {
  if (all.requests === 0) return `  users     nobody asked anything in the last ${seconds} s, or no server runs beside the file`;
  const left = all.abandoned === 0 ? '' : `, ${grouped(all.abandoned)} abandoned`;
  return `  users     ${grouped(all.requests)} requests in ${seconds} s (${grouped(writes.requests)} writes), p50 ${all.p50Ms} ms, p99 ${all.p99Ms} ms, ${grouped(all.failed)} failed${left}`;
}

/** What `move throttle` prints. */
export function throttleText({ setting, limitMs, beforeMs }: ThrottleShown): string {
  if (limitMs === undefined) return 'The move never rests, whatever users feel.\nNext: flashcase move throttle --auto';
  const why =
    setting !== 'auto'
      ? 'set by --p99'
      : beforeMs === undefined
        ? 'nothing is known of the time before the move'
        : `by itself, from the ${beforeMs} ms of the hour before the move`;
  return `The move rests between two pieces of work while the p99 of users’ requests is above ${limitMs} ms (${why}).\nNext: flashcase move status`;
}

/** What a switch prints. */
export function switchText(report: SwitchReport, isPractice = false): string {
  const next =
    report.primary === 'postgres'
      ? 'Next: flashcase move status  |  rollback  |  finish'
      : 'Next: flashcase move status  |  cutover  |  abort';
  if (report.wasDone === true)
    return `Already done: ${NAMES[report.primary]} is primary (epoch ${report.epoch}). Nothing was changed, no write waited. ${next}`;
  const at = report.steps.map(({ name, atMs }) => `${name} ${atMs < 0.5 ? '' : `+${ms(atMs)}`}`.trim()).join(' | ');
  const lines = [
    `  ${at}`,
    `  carried and compared ${grouped(report.keys)} keys in the pause, set ${report.sequences} id counters`,
    isPractice
      ? `Practice: given up on purpose before the decision. Writes waited ${ms(report.pauseMs)}; SQLite serves on.`
      : `${NAMES[report.primary]} is primary (epoch ${report.epoch}). Writes waited ${ms(report.pauseMs)}, reads did not wait.`,
  ];
  if (!isPractice)
    lines.push(
      report.primary === 'postgres'
        ? `The SQLite file refuses writes from every process and follows PostgreSQL. ${next}`
        : `PostgreSQL refuses writes and follows SQLite. ${next}`,
    );
  return lines.join('\n');
}

/** What `move verify` prints in a live move. */
export function liveVerdictText(verdict: LiveVerdict): string {
  if (verdict.setBack !== undefined)
    return [
      ...differencesText(verdict),
      verdict.isEqual ? 'The rows are equal.' : 'The two sides differ.',
      verdict.setBack.toText(),
    ].join('\n');
  const lines = [
    ...differencesText(verdict),
    ...verdict.fenceProblems.slice(0, PROBLEMS_SHOWN).map((problem) => `  fence     ${problem}`),
    verdict.isEqual
      ? `Equal at position ${verdict.position} of ${NAMES[verdict.primary]}'s journal: ${grouped(verdict.rows)} rows, schema, indexes, constraints, sequences (${readableSeconds(verdict.seconds)}, while users wrote).`
      : 'The two sides differ; a cutover is refused until they are equal.',
  ];
  if (verdict.isEqual) lines.push(`Next: flashcase move ${verdict.primary === 'sqlite' ? 'cutover' : 'finish  |  rollback'}`);
  return lines.join('\n');
}

/** What `move recover --accept-loss` prints. */
export function acceptedText(accepted: Accepted | undefined): string {
  if (accepted === undefined) return 'No side was set back; nothing was changed.\nNext: flashcase move status';
  const { primary, setBack, rows, file, wasDone } = accepted;
  const lines = [
    ...(wasDone === true ? ['Done before; nothing was changed now but what that command had left, if it was killed.'] : []),
    `${NAMES[setBack]} was set back to an earlier state. ${NAMES[primary]} is primary and goes on with what it has.`,
  ];
  if (primary === 'sqlite')
    lines.push('PostgreSQL lacks some of it, and cannot follow any more.', 'Next: flashcase move abort, then a new move');
  else
    lines.push(
      file === undefined
        ? 'SQLite is what PostgreSQL is, and follows it again; it had nothing else.'
        : `SQLite is what PostgreSQL is, and follows it again. ${grouped(rows)} rows it had otherwise are kept as they were: ${file}`,
      'Next: flashcase move verify',
    );
  return lines.join('\n');
}

/** What `move repair` prints. */
export function repairedText({ primary, rows, checked, differences }: Repaired): string {
  const lines = differences.map(({ table, key, column, primary: there, follower }) =>
    [
      `  ${table} ${key}`,
      ...(column === undefined ? [] : [`column ${column}`]),
      `${NAMES[primary]} ${there ?? 'no row'}`,
      `${NAMES[other(primary)]} ${follower ?? 'no row'}`,
    ].join('  '),
  );
  return [
    ...lines,
    `${grouped(rows)} row${rows === 1 ? '' : 's'} brought again from ${NAMES[primary]}; ${grouped(checked)} compared: ${differences.length === 0 ? 'equal' : 'DIFFERENT'}.`,
    'Next: flashcase move verify',
  ].join('\n');
}

/** What `move finish` prints. */
export function finishText(
  finished: Finished,
  files: { readonly reportFile: string; readonly pageFile: string; readonly fingerprint: string },
): string {
  return [
    `Move ${finished.runId} is finished. PostgreSQL is primary; nothing follows it any more.`,
    `  kept    ${finished.keptFile} (read-only, sha256 ${finished.sha256})`,
    `  report  ${files.reportFile} (sealed with the key ${files.fingerprint})`,
    `  page    ${files.pageFile}`,
    `Next: nothing. In ${KEPT_DAYS} days flashcase move prune removes the kept file.`,
  ].join('\n');
}

/** The events of a move as lines. */
export function eventsText(events: readonly MoveEvent[]): string {
  return events.map(({ at, kind, details }) => `${at.slice(0, 23)}  ${kind.padEnd(10)}  ${JSON.stringify(details)}`).join('\n');
}
