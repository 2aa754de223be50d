import { basename } from 'node:path';
import type { MoveStatus } from '../../move/live/status.ts';
import type { MoveEvent } from '../../move/state/events.ts';
import { DEFAULT_LIMIT_MS } from '../../move/switch/switch-steps.ts';
import type { MoveAction, MoveMoment, MoveStage, MoveStep, MoveView } from '../../services/move-console.ts';
import { nextSteps } from './live-report.ts';
import { grouped, readableSeconds } from './progress.ts';
import { moveJson, statusJson } from './status-json.ts';
import { cutoverSteps, isCompared, rollbackSteps } from './switching.ts';

const MOMENTS = 30;
const PAUSES = 5;
const NAMES = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const;
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
function alsoPossible({ state, isInterrupted }: MoveStatus): readonly string[] {
  if (state === undefined || isInterrupted || state.isPaused) return [];
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

/** An event as a sentence. */
function textOf({ kind, details }: MoveEvent): string {
  const by = typeof details.by === 'string' ? ` (${details.by})` : '';
  const primary = NAMES[details.primary as keyof typeof NAMES] ?? '';
  switch (kind) {
    case 'started':
      return `Begun, to ${String(details.target)}${by}`;
    case 'copied':
      return 'The copy is complete; PostgreSQL follows';
    case 'verified':
      return details.isEqual === true
        ? `Both sides are equal: ${grouped(details.rows as number)} rows in ${readableSeconds(details.seconds as number)}`
        : 'The two sides differ';
    case 'asked':
      return `${String(details.who)} asked for: ${String(details.action)}`;
    case 'held':
      return 'Writes are held';
    case 'registered':
      return `A rollback begins${by}`;
    case 'decided':
      return `Decided: ${primary} is the primary of epoch ${String(details.epoch)}`;
    case 'given-up':
      return details.why === 'practice'
        ? 'Practice: given up on purpose, writes go on'
        : `The switch was given up: ${String(details.why)}`;
    case 'cutover':
    case 'rollback':
      return `${primary} serves; writes waited ${Math.round(details.pauseMs as number)} ms, ${grouped(details.keys as number)} keys were carried in the pause`;
    case 'paused':
      return `Carrying rests${by}`;
    case 'resumed':
      return `Carrying goes on${by}`;
    case 'repaired':
      return `${grouped(details.rows as number)} rows were brought again`;
    default:
      return typeof details.why === 'string' ? `${kind}: ${details.why}` : `${kind}${by}`;
  }
}

const momentOf = (event: MoveEvent): MoveMoment => ({
  seq: event.seq,
  at: isoOf(event.at),
  kind: event.kind,
  text: textOf(event),
});

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

/** A move's status as the page shows it. @param seenAt ISO 8601, UTC. */
export function viewOf(status: MoveStatus, sqliteFile: string, seenAt: string): MoveView {
  return {
    standing: status.state === undefined ? 'none' : 'underway',
    seenAt,
    // Through JSON, as the command prints it: what is undefined is left out, and no position loses digits.
    status: status.state === undefined ? null : JSON.parse(moveJson(statusJson(status))),
    stages: stagesOf(status),
    steps: stepsOf(status, sqliteFile),
    moments: status.events.slice(-MOMENTS).map(momentOf),
    forecast: forecastOf(status),
  };
}

/** For an installation that is in no move, or past one. */
export function viewWithout(standing: 'none' | 'finished' | 'elsewhere', seenAt: string): MoveView {
  return {
    standing,
    seenAt,
    status: null,
    stages: STAGES.map((name, i) => ({
      name,
      state: standing === 'finished' ? 'done' : standing === 'none' && i === 0 ? 'here' : 'ahead',
    })),
    steps: standing === 'none' ? NEVER_BEGUN.map((step) => ({ ...step, isNext: true })) : [],
    moments: [],
    forecast: null,
  };
}
