import { MAX_KNOWN_ELEMENTS } from '../../notes/elements.ts';
import type { Entry } from '../collection.ts';
import { unreadable } from '../refusals.ts';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string' && !value.includes('\0') && value.isWellFormed();
const number: Check = (value) => typeof value === 'number';
const whole: Check = (value) => Number.isSafeInteger(value);
const key: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const truth: Check = (value) => typeof value === 'boolean';
const list =
  (item: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(item);
const oneOf =
  (...allowed: readonly unknown[]): Check =>
  (value) =>
    allowed.includes(value);
const within =
  (from: number, to: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= from && (value as number) <= to;

interface Shape {
  readonly needed: Readonly<Record<string, Check>>;
  readonly optional?: Readonly<Record<string, Check>>;
}

const fits =
  ({ needed, optional = {} }: Shape): Check =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const object = value as Readonly<Record<string, unknown>>;
    return (
      Object.entries(needed).every(([name, check]) => check(object[name])) &&
      // What a later version of the format adds is left alone; what this one knows must be right.
      Object.entries(optional).every(([name, check]) => object[name] === undefined || check(object[name]))
    );
  };

const day: Check = (value) =>
  text(value) && /^\d{4}-\d\d-\d\d$/.test(value as string) && !Number.isNaN(Date.parse(value as string));

/** Numbers of cards: more are still to be given. */
const MOST_ORDINAL = 2_000_000_000;
const element = fits({ needed: { ordinal: within(1, MOST_ORDINAL), text }, optional: { isGone: truth } });

/** JSON of the lines of a note that have a card each. */
const elements: Check = (value) => {
  if (!text(value)) return false;
  try {
    const lines: unknown = JSON.parse(value as string);
    return list(element)(lines) && (lines as unknown[]).length <= MAX_KNOWN_ELEMENTS;
  } catch {
    return false;
  }
};

const SHAPES: Readonly<Record<Entry['type'], Check>> = {
  options: fits({
    needed: { key, name: text },
    optional: {
      newPerDay: number,
      reviewsPerDay: number,
      learnSteps: list(number),
      relearnSteps: list(number),
      buriesNewSiblings: truth,
      buriesReviewSiblings: truth,
      leechThreshold: number,
      maximumIntervalDays: number,
      desiredRetention: number,
      fsrsWeights: list(number),
    },
  }),
  deck: fits({
    needed: { key, path: (value) => list(text)(value) && (value as unknown[]).length > 0, description: text },
    optional: { options: key },
  }),
  'note-type': fits({
    needed: {
      key,
      name: text,
      form: oneOf('standard', 'cloze'),
      fields: list(text),
      templates: list(fits({ needed: { name: text, question: text, answer: text } })),
      css: text,
      sortField: key,
    },
    optional: { builtIn: text, hidesAreas: oneOf(true) },
  }),
  note: fits({
    needed: { key, guid: text, noteType: key, tags: list(text), fields: list(text), createdAt: whole, modifiedAt: whole },
    optional: { format: oneOf('text', 'html', 'markdown'), elements },
  }),
  card: fits({
    needed: {
      key,
      note: key,
      ordinal: key,
      deck: key,
      createdAt: whole,
      modifiedAt: whole,
      stage: oneOf('new', 'learning', 'review', 'relearning'),
      isSuspended: truth,
      flag: within(0, 7),
      intervalDays: number,
      reviewCount: key,
      lapses: key,
      stepsLeft: key,
    },
    optional: {
      position: whole,
      due: (value) => fits({ needed: { day } })(value) || fits({ needed: { at: whole } })(value),
      ease: number,
      memory: fits({
        needed: { stability: number, difficulty: number },
        optional: { desiredRetention: number, decay: number, lastReviewedAt: whole },
      }),
      custom: text,
      scheduler: oneOf('sm2', 'fsrs-6'),
      repetitions: key,
      buriedUntil: whole,
    },
  }),
  review: fits({
    needed: {
      card: key,
      at: whole,
      kind: oneOf('learn', 'review', 'relearn', 'early', 'cram', 'manual', 'rescheduled', 'reset'),
      grade: within(0, 4),
      interval: number,
      previousInterval: number,
      tookMs: key,
    },
    optional: { ease: number, difficulty: number, quality: within(0, 5), stability: number, repetitions: key },
  }),
};

/** A line of an archive as the entry it says it is. Throws `FC_IMPORT_UNREADABLE` with the number of the line. */
export function checkedEntry(value: { readonly type?: unknown }, line: number): Entry {
  const check = SHAPES[value.type as Entry['type']] as Check | undefined;
  if (check?.(value) === true) return value as Entry;
  throw unreadable(`Line ${line} of the archive is not what an archive of FlashCase has there.`);
}
