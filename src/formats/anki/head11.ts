import type { DatabaseSync } from 'node:sqlite';
import type { Deck, DeckOptions, NoteType } from '../collection.ts';
import { unreadable } from '../refusals.ts';
import { type Config, type Head, numberOf, OCCLUSION_KIND, present, readCalendar } from './head.ts';

type Json = Readonly<Record<string, unknown>>;

const objectOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const listOf = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.map(objectOf) : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numbersOf = (value: unknown): number[] | undefined => {
  if (!Array.isArray(value)) return undefined;
  return value.map(numberOf).filter((number) => number !== undefined);
};

function parsed(row: Json, column: string): Json {
  try {
    return objectOf(JSON.parse(textOf(row[column]) || '{}'));
  } catch (cause) {
    throw unreadable(`The collection’s list of ${column} is damaged.`, { cause });
  }
}

/** Objects by key, the key also where the object itself does not say it or says it as text. */
function* keyed(objects: Json): Generator<[number, Json]> {
  for (const [name, value] of Object.entries(objects)) {
    const key = numberOf(name);
    if (key !== undefined && Number.isSafeInteger(key)) yield [key, objectOf(value)];
  }
}

function noteTypeOf(key: number, model: Json): NoteType {
  const byOrdinal = (a: Json, b: Json) => (numberOf(a.ord) ?? 0) - (numberOf(b.ord) ?? 0);
  return {
    type: 'note-type',
    key,
    name: textOf(model.name),
    form: numberOf(model.type) === 1 ? 'cloze' : 'standard',
    fields: listOf(model.flds)
      .toSorted(byOrdinal)
      .map((field) => textOf(field.name)),
    templates: listOf(model.tmpls)
      .toSorted(byOrdinal)
      .map((template) => ({ name: textOf(template.name), question: textOf(template.qfmt), answer: textOf(template.afmt) })),
    css: textOf(model.css),
    sortField: numberOf(model.sortf) ?? 0,
    ...(numberOf(model.originalStockKind) === OCCLUSION_KIND ? { hidesAreas: true } : {}),
  };
}

/** Retention is a share; in a deck it is a percentage. */
const share = (value: number | undefined): number | undefined =>
  value === undefined || value <= 0 ? undefined : value > 1 ? value / 100 : value;

function optionsOf(key: number, group: Json): DeckOptions {
  const fresh = objectOf(group.new);
  const rev = objectOf(group.rev);
  const lapse = objectOf(group.lapse);
  const weights = [group.fsrsParams6, group.fsrsParams5, group.fsrsWeights]
    .map(numbersOf)
    .find((list) => (list?.length ?? 0) > 0);
  return {
    type: 'options',
    key,
    name: textOf(group.name),
    ...present<DeckOptions>({
      newPerDay: numberOf(fresh.perDay),
      reviewsPerDay: numberOf(rev.perDay),
      learnSteps: numbersOf(fresh.delays),
      relearnSteps: numbersOf(lapse.delays),
      buriesNewSiblings: typeof fresh.bury === 'boolean' ? fresh.bury : undefined,
      buriesReviewSiblings: typeof rev.bury === 'boolean' ? rev.bury : undefined,
      leechThreshold: numberOf(lapse.leechFails),
      maximumIntervalDays: numberOf(rev.maxIvl),
      desiredRetention: share(numberOf(group.desiredRetention)),
      fsrsWeights: weights,
    }),
  };
}

/** Schema 11 keeps everything but the rows as JSON in the one row of `col`. */
export function readHead11(database: DatabaseSync): Head {
  const row = database.prepare('SELECT crt, conf, models, decks, dconf FROM col').get() as Json | undefined;
  if (row === undefined) throw unreadable('The collection in the package is empty.');
  const conf: Config = parsed(row, 'conf');
  const options = [...keyed(parsed(row, 'dconf'))].map(([key, group]) => optionsOf(key, group));
  const known = new Set(options.map((group) => group.key));
  const decks: Deck[] = [];
  const filtered = new Set<number>();
  for (const [key, deck] of keyed(parsed(row, 'decks'))) {
    if (numberOf(deck.dyn) === 1) {
      filtered.add(key);
      continue;
    }
    const group = numberOf(deck.conf);
    decks.push({
      type: 'deck',
      key,
      path: textOf(deck.name).split('::'),
      description: textOf(deck.desc),
      ...(group !== undefined && known.has(group) ? { options: group } : {}),
    });
  }
  return {
    calendar: readCalendar(numberOf(row.crt) ?? 0, conf),
    isFirstScheduler: (numberOf(conf.schedVer) ?? 1) === 1,
    options,
    decks,
    filtered,
    noteTypes: [...keyed(parsed(row, 'models'))].map(([key, model]) => noteTypeOf(key, model)),
  };
}
