import { basename } from 'node:path';
import type { FeltByKind } from '../../move/latency/latency-record.ts';
import type { MoveStatus } from '../../move/live/status.ts';
import { restReason } from '../../move/live/throttle.ts';
import type { MoveEvent } from '../../move/state/events.ts';
import { DEFAULT_LIMIT_MS } from '../../move/switch/switch-steps.ts';
import type { MoveAction, MoveMoment, MoveStage, MoveStep, MoveView } from '../../services/move-console.ts';
import { answersLine } from './answers-text.ts';
import { eventText } from './event-text.ts';
import { ACCEPT_LOSS, nextSteps } from './live-report.ts';
import { moveJson, statusJson } from './status-json.ts';
import { cutoverSteps, isCompared, rollbackSteps } from './switching.ts';

const MOMENTS = 30;
const PAUSES = 5;
const STAGES: readonly MoveStage['name'][] = ['plan', 'copy', 'follow', 'verify', 'cutover', 'finish'];

/** A moment of the clock or of an event, UTC without a zone, as ISO 8601. */
export const isoOf = (at: string): string => `${at.slice(0, 23).replace(' ', 'T')}Z`;

const NEVER_BEGUN: readonly Omit<MoveStep, 'isNext'>[] = [
  {
    command: 'flashcase move plan --to URL',
    action: null,
    about: 'Reads everything, judges every row, and writes nothing.',
    confirm: null,
  },
  {
    command: 'flashcase move start --to URL',
    action: null,
    about: 'Copies while people study; then PostgreSQL follows. Ends with move abort, as if nothing had been.',
    confirm: null,
  },
];

/** Every way on, by its command. */
function everyStep(target: string, sqliteFile: string): readonly Omit<MoveStep, 'isNext'>[] {
  const database = target.slice(target.lastIndexOf('/') + 1);
  return [
    {
      command: 'flashcase move recover',
      action: 'recover',
      about: 'Puts the interrupted switch right. Every server does so too.',
      confirm: null,
    },
    {
      command: ACCEPT_LOSS,
      action: null,
      about: 'Goes on with what the side that serves has, and keeps what only the other had in a file: typed on the server only.',
      confirm: null,
    },
    { command: 'flashcase move resume', action: 'resume', about: 'Carries again. Nothing was missed meanwhile.', confirm: null },
    {
      command: 'flashcase move start',
      action: null,
      about: 'Goes on with the copy from its last checkpoint. Add --to with the password.',
      confirm: null,
    },
    {
      command: 'flashcase move verify',
      action: 'verify',
      about: 'Compares every row of both sides at one moment, while people study.',
      confirm: null,
    },
    {
      command: 'flashcase move cutover --practice',
      action: 'practice',
      about: 'Does everything but the decision. Writes wait as long as they would.',
      confirm: null,
    },
    {
      command: 'flashcase move cutover',
      action: 'cutover',
      about: 'PostgreSQL becomes the primary; SQLite follows. Writes wait for a moment, reads do not.',
      confirm: database,
    },
    {
      command: 'flashcase move rollback',
      action: 'rollback',
      about: 'Back to the SQLite file, with everything that was written since.',
      confirm: basename(sqliteFile),
    },
    {
      command: 'flashcase move pause',
      action: 'pause',
      about: 'Stops carrying. What is written meanwhile is noted, and carried later.',
      confirm: null,
    },
    {
      command: 'flashcase move finish',
      action: null,
      about: 'Ends the move for good, and gives the way back away: typed on the server only.',
      confirm: null,
    },
    {
      command: 'flashcase move abort',
      action: null,
      about: 'Ends the move as if it had never begun: typed on the server only.',
      confirm: null,
    },
  ];
}

/** What an administrator has to type before an action is done; null where nothing has to be. */
export function confirmationOf(action: MoveAction, target: string, sqliteFile: string): string | null {
  return everyStep(target, sqliteFile).find((step) => step.action === action)?.confirm ?? null;
}

/** Beside what comes next, what may be done as well. */
function alsoPossible({ state, isInterrupted, setBack }: MoveStatus): readonly string[] {
  if (state === undefined || isInterrupted || setBack !== undefined || state.isPaused) return [];
  if (state.phase === 'forward')
    return ['flashcase move verify', 'flashcase move cutover --practice', 'flashcase move cutover', 'flashcase move pause'];
  return state.phase === 'reverse' ? ['flashcase move pause'] : [];
}

function stepsOf(status: MoveStatus, sqliteFile: string): readonly MoveStep[] {
  if (status.state === undefined) return NEVER_BEGUN.map((step) => ({ ...step, isNext: true }));
  const next = nextSteps(status);
  const all = everyStep(status.state.target, sqliteFile);
  const steps = [...new Set([...next, ...alsoPossible(status)])].flatMap((command) =>
    all.filter((step) => step.command === command).map((step) => ({ ...step, isNext: next.includes(command) })),
  );
  // What ends the move is found last.
  return [...steps.filter(({ action }) => action !== null), ...steps.filter(({ action }) => action === null)];
}

function hereOf({ state, events, behind }: MoveStatus): MoveStage['name'] {
  switch (state?.phase) {
    case undefined:
      return 'plan';
    case 'copying':
    case 'aborting':
      return 'copy';
    case 'forward':
      if (isCompared(events)) return 'cutover';
      return behind === undefined || behind > 0 ? 'follow' : 'verify';
    default:
      return 'finish';
  }
}

function stagesOf(status: MoveStatus): readonly MoveStage[] {
  const here = STAGES.indexOf(hereOf(status));
  return STAGES.map((name, i) => ({ name, state: i < here ? 'done' : i === here ? 'here' : 'ahead' }));
}

function momentsOf(events: readonly MoveEvent[]): readonly MoveMoment[] {
  return events
    .flatMap((event) => {
      const text = eventText(event);
      return text === undefined ? [] : [{ seq: event.seq, at: isoOf(event.at), kind: event.kind, text }];
    })
    .slice(-MOMENTS);
}

/** How long writes waited in the last switches, newest last; of a practice, from its events. */
function pausesOf(events: readonly MoveEvent[]): readonly number[] {
  return events
    .flatMap((event) => {
      if (event.kind === 'cutover' || event.kind === 'rollback') return [Math.round(event.details.pauseMs as number)];
      if (event.kind !== 'given-up' || event.details.why !== 'practice') return [];
      const held = events.find(({ kind, details }) => kind === 'held' && details.attempt === event.details.attempt);
      return held === undefined ? [] : [Date.parse(isoOf(event.at)) - Date.parse(isoOf(held.at))];
    })
    .slice(-PAUSES);
}

function forecastOf({ state, behind, events }: MoveStatus): MoveView['forecast'] {
  if (state?.phase !== 'forward' && state?.phase !== 'reverse') return null;
  const limitMs = DEFAULT_LIMIT_MS;
  const lines = state.phase === 'forward' ? cutoverSteps(limitMs, behind) : rollbackSteps(limitMs, behind);
  return { lines, limitMs, lastPausesMs: pausesOf(events) };
}

function notesOf({ rests, answers, state }: MoveStatus): readonly string[] {
  return [
    ...rests.map((mark) => `${restReason(mark)}: ${mark.doing === 'copy' ? 'copying' : 'carrying'} works a tenth of the time.`),
    ...(state?.throttle === 'off' ? ['It never rests, whatever users feel (move throttle --off).'] : []),
    ...(answers === undefined ? [] : [`${answersLine(answers)}.`]),
  ];
}

/** As they are typed: what is shown can be sent as it is. */
function settingsOf({ state, answers }: MoveStatus): MoveView['settings'] {
  if (state === undefined) return null;
  const { throttle } = state;
  const percent = answers?.percent ?? 0;
  return {
    throttle: typeof throttle === 'number' ? `${throttle}ms` : throttle,
    shadow: percent === 0 ? 'off' : String(percent),
  };
}

/** A move's status, and what users feel, as the page shows it. @param seenAt ISO 8601, UTC. */
export function viewOf(status: MoveStatus, users: FeltByKind, sqliteFile: string, seenAt: string): MoveView {
  return {
    standing: status.state === undefined ? 'none' : 'underway',
    seenAt,
    // Through JSON, as the command prints it: what is undefined is left out, and no position loses digits.
    status: status.state === undefined ? null : JSON.parse(moveJson(statusJson(status, users))),
    notes: notesOf(status),
    stages: stagesOf(status),
    steps: stepsOf(status, sqliteFile),
    moments: momentsOf(status.events),
    settings: settingsOf(status),
    forecast: forecastOf(status),
  };
}

/** For an installation that is in no move, or past one. */
export function viewWithout(standing: 'none' | 'finished' | 'elsewhere', seenAt: string): MoveView {
  return {
    standing,
    seenAt,
    status: null,
    notes: [],
    stages: STAGES.map((name, i) => ({
      name,
      state: standing === 'finished' ? 'done' : standing === 'none' && i === 0 ? 'here' : 'ahead',
    })),
    steps: standing === 'none' ? NEVER_BEGUN.map((step) => ({ ...step, isNext: true })) : [],
    moments: [],
    settings: null,
    forecast: null,
  };
}
