import type { MoveEvent } from '../../move/state/events.ts';
import { grouped, readableBytes, readableSeconds } from './progress.ts';

const NAMES = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const;
const nameOf = (side: unknown): string => NAMES[side as keyof typeof NAMES] ?? 'one side';

/** An event of a move as a sentence; `undefined` for what tells a person nothing. */
export function eventText({ kind, details }: MoveEvent): string | undefined {
  const by = typeof details.by === 'string' ? ` (${details.by})` : '';
  switch (kind) {
    case 'facts':
      return undefined;
    case 'confirmed': {
      const what = [details.command, ...(details.flags as readonly string[])].join(' ');
      return details.through === 'page'
        ? `${details.user} asked for: ${what}`
        : `${details.user} on ${details.host} typed: ${what}`;
    }
    case 'started':
      return `Begun, to ${details.target}${by}`;
    case 'copied':
      return 'The copy is complete; PostgreSQL follows';
    case 'verified':
      return details.isEqual === true
        ? `Both sides are equal: ${grouped(details.rows as number)} rows in ${readableSeconds(details.seconds as number)}`
        : 'The two sides differ';
    case 'held':
      return 'Writes are held';
    case 'registered':
      return `A rollback begins${by}`;
    case 'decided':
      return `Decided: ${nameOf(details.primary)} is the primary of epoch ${details.epoch}`;
    case 'given-up':
      return details.why === 'practice'
        ? 'Practice: given up on purpose, writes go on'
        : `The switch was given up: ${details.why}`;
    case 'cutover':
    case 'rollback':
      return `${nameOf(details.primary)} serves; writes waited ${Math.round(details.pauseMs as number)} ms, ${grouped(details.keys as number)} keys were carried in the pause`;
    case 'paused':
      return `Carrying rests${by}`;
    case 'resumed':
      return `Carrying goes on${by}`;
    case 'throttle':
      return `Rests: ${typeof details.setting === 'number' ? `above ${details.setting} ms` : details.setting}${by}`;
    case 'repaired':
      return `${grouped(details.rows as number)} rows were brought again`;
    case 'set-back-accepted':
      return `${nameOf(details.setBack)} was set back; ${nameOf(details.primary)} goes on with what it has${typeof details.file === 'string' ? `, what only the other had is kept in ${details.file}` : ''}${by}`;
    case 'no-room':
      return `Ended by itself: ${readableBytes(details.freeBytes as number)} were left on the disk of the SQLite file`;
    case 'aborting':
      return `Being aborted${by}`;
    case 'finished':
      return `Finished: PostgreSQL is primary for good${by}`;
    case 'kept':
      return `The old file is kept: ${details.file}`;
    default:
      return `${kind}${by}`;
  }
}
