import { msg, t } from '../languages/t.ts';
import { lasting } from './storage.ts';
import type { Grade } from './study-round.ts';

/**
 * Which keys of one character do something while studying: all of them, those of the grades, or none. Who speaks to the computer, or strikes
 * keys by accident, must be able to switch them off. Space, Enter and Ctrl+Z always work.
 */
export type StudyKeys = 'all' | 'grades' | 'none';

/** What a key of one character can do, with the keys it has at first. */
export const KEY_ACTIONS = [
  { action: 'again', name: msg('Again'), at: ['1'] },
  { action: 'hard', name: msg('Hard'), at: ['2'] },
  { action: 'good', name: msg('Good'), at: ['3'] },
  { action: 'easy', name: msg('Easy'), at: ['4'] },
  { action: 'undo', name: msg('Take back'), at: ['z', 'u'] },
  { action: 'question', name: msg('The question again'), at: ['q'] },
  { action: 'bury', name: msg('Bury until tomorrow'), at: ['-'] },
  { action: 'suspend', name: msg('Suspend'), at: ['@'] },
  { action: 'flag', name: msg('Flag, then a number'), at: ['f'] },
  { action: 'history', name: msg('History of the card'), at: ['i'] },
  { action: 'help', name: msg('These keys'), at: ['?'] },
] as const satisfies readonly { action: string; name: string; at: readonly string[] }[];

export type KeyAction = (typeof KEY_ACTIONS)[number]['action'];

const GRADE_ACTIONS: Readonly<Partial<Record<KeyAction, Grade>>> = { again: 1, hard: 2, good: 3, easy: 4 };
export const gradeOfAction = (action: KeyAction): Grade | undefined => GRADE_ACTIONS[action];

/** How somebody studies by keys and swipes. */
export interface KeySettings {
  readonly keys: StudyKeys;
  /** Keys of their own, in place of the first ones. */
  readonly own: Readonly<Partial<Record<KeyAction, string>>>;
  /** Space and Enter, which show the answer, also call it good. */
  readonly doesSpaceRate: boolean;
  /** Once the answer is shown, a swipe to the left is Again, one to the right Good. */
  readonly doesSwipe: boolean;
}

export const FIRST_KEYS: KeySettings = { keys: 'all', own: {}, doesSpaceRate: true, doesSwipe: false };

/** By user: the next one at this browser is somebody else. */
const nameOf = (userId: number): string => `flashcase.study-keys.${userId}`;

const isMode = (value: unknown): value is StudyKeys => value === 'all' || value === 'grades' || value === 'none';

export function readKeySettings(userId: number | undefined): KeySettings {
  const kept = userId === undefined ? null : lasting.read(nameOf(userId));
  // As it was kept when there was only this choice.
  if (isMode(kept)) return { ...FIRST_KEYS, keys: kept };
  try {
    const { keys, own, doesSpaceRate, doesSwipe } = JSON.parse(kept ?? '{}') as Partial<KeySettings>;
    const known = KEY_ACTIONS.flatMap(({ action }) => {
      // As somebody chose it with Caps Lock once.
      const key = typeof own?.[action] === 'string' ? own[action].toLowerCase() : undefined;
      return key !== undefined && problemOfKey(key) === undefined ? [[action, key] as const] : [];
    });
    return {
      keys: isMode(keys) ? keys : 'all',
      own: Object.fromEntries(known),
      doesSpaceRate: doesSpaceRate !== false,
      doesSwipe: doesSwipe === true,
    };
  } catch {
    return FIRST_KEYS;
  }
}

/** False when this browser keeps nothing. */
export const keepKeySettings = (userId: number, settings: KeySettings): boolean =>
  lasting.write(nameOf(userId), JSON.stringify(settings));

/**
 * The character a key stands for. Digits by the key's place first: on a French keyboard the unshifted 1 types "&", and those of the
 * number pad count too.
 */
export function characterOf(event: KeyboardEvent): string {
  return /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1] ?? event.key.toLowerCase();
}

/** Why a key cannot be chosen. */
export function problemOfKey(key: string): string | undefined {
  if ([...key].length !== 1 || key.trim() === '') return t('A letter, a digit or a sign, please.');
  return undefined;
}

/** The keys of an action. */
export function keysOf({ own }: KeySettings, action: KeyAction): readonly string[] {
  const chosen = own[action];
  return chosen === undefined ? (KEY_ACTIONS.find((one) => one.action === action)?.at ?? []) : [chosen];
}

/** What a key does for somebody. */
export function actionOfKey(settings: KeySettings, key: string): KeyAction | undefined {
  return KEY_ACTIONS.find(({ action }) => keysOf(settings, action).includes(key))?.action;
}

/** Whether the key of an action does something. */
export const isOn = ({ keys }: KeySettings, action: KeyAction): boolean =>
  keys === 'all' || (keys === 'grades' && gradeOfAction(action) !== undefined);

/** The action of a pressed key, if it is on. Ctrl+Z takes back whatever is off. */
export function actionOf(event: KeyboardEvent, settings: KeySettings): KeyAction | undefined {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if ((ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === 'z') return 'undo';
  // On many keyboards a sign as @ needs AltGr, which counts as Ctrl and Alt.
  if ((ctrlKey || metaKey || altKey) && !event.getModifierState('AltGraph')) return undefined;
  // A sign that is typed is that sign, also where its key is a digit's.
  const typed = actionOfKey(settings, key.toLowerCase());
  const action = typed ?? (shiftKey ? undefined : actionOfKey(settings, characterOf(event)));
  return action !== undefined && isOn(settings, action) ? action : undefined;
}

/** A key as it is written on it. */
export const shownKey = (key: string): string => key.toUpperCase();
