import type { Deck, DeckOptions, NoteType } from '../collection.ts';
import { type Calendar, calendarOf } from './days.ts';

/** Everything of a collection but its notes, cards and reviews. */
export interface Head {
  readonly calendar: Calendar;
  /** The first scheduler graded learning steps 1 to 3. */
  readonly isFirstScheduler: boolean;
  readonly options: readonly DeckOptions[];
  readonly decks: readonly Deck[];
  /** Filtered decks: cards in them belong elsewhere. */
  readonly filtered: ReadonlySet<number>;
  readonly noteTypes: readonly NoteType[];
}

export const DEFAULT_ROLLOVER = 4;
/** Anki's number of its own type for areas of pictures: what its editor and its reviewer know the type by. */
export const OCCLUSION_KIND = 6;

export interface Config {
  readonly schedVer?: unknown;
  readonly creationOffset?: unknown;
  readonly rollover?: unknown;
}

/** Numbers of old collections are sometimes text. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'string' || value.trim() === '') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

export function readCalendar(crt: number, { creationOffset, rollover }: Config): Calendar {
  const hours = numberOf(rollover) ?? DEFAULT_ROLLOVER;
  const west = numberOf(creationOffset);
  const isZone = west !== undefined && Number.isInteger(west) && Math.abs(west) <= 16 * 60;
  return calendarOf(crt, isZone ? west : undefined, hours >= 0 && hours < 24 ? Math.floor(hours) : DEFAULT_ROLLOVER);
}

/** Leaves out what is not there, for objects whose absent parts are absent. */
export function present<T extends object>(parts: { [K in keyof T]?: T[K] | undefined }): Partial<T> {
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined)) as Partial<T>;
}
