import type { DatabaseSync } from 'node:sqlite';
import type { Deck, DeckOptions, NoteType } from '../collection.ts';
import { type Head, OCCLUSION_KIND, present, readCalendar } from './head.ts';
import { Message } from './protobuf.ts';

interface Row {
  readonly id: number;
  readonly ntid: number;
  readonly name: string;
  readonly config: Uint8Array;
  readonly kind: Uint8Array;
}

const rowsOf = (database: DatabaseSync, sql: string): Row[] => database.prepare(sql).all() as unknown as Row[];

function noteTypes(database: DatabaseSync): NoteType[] {
  const fields = rowsOf(database, 'SELECT ntid, name FROM fields ORDER BY ntid, ord');
  const templates = rowsOf(database, 'SELECT ntid, name, config FROM templates ORDER BY ntid, ord');
  const fieldsBy = Map.groupBy(fields, (field) => field.ntid);
  const templatesBy = Map.groupBy(templates, (template) => template.ntid);
  return rowsOf(database, 'SELECT id, name, config FROM notetypes ORDER BY id').map(({ id, name, config }) => {
    const message = new Message(config);
    return {
      type: 'note-type',
      key: id,
      name,
      form: message.number(1) === 1 ? 'cloze' : 'standard',
      fields: (fieldsBy.get(id) ?? []).map((field) => field.name),
      templates: (templatesBy.get(id) ?? []).map((template) => {
        const texts = new Message(template.config);
        return { name: template.name, question: texts.text(1) ?? '', answer: texts.text(2) ?? '' };
      }),
      css: message.text(3) ?? '',
      sortField: message.number(2) ?? 0,
      ...(message.number(9) === OCCLUSION_KIND ? { hidesAreas: true } : {}),
    };
  });
}

/** Protobuf leaves out what is zero or false. */
function optionsOf({ id, name, config }: Row): DeckOptions {
  const message = new Message(config);
  const weights = [6, 5, 3].map((field) => message.floats(field)).find((list) => list.length > 0);
  return {
    type: 'options',
    key: id,
    name,
    ...present<DeckOptions>({
      learnSteps: message.floats(1),
      relearnSteps: message.floats(2),
      newPerDay: message.number(9) ?? 0,
      reviewsPerDay: message.number(10) ?? 0,
      leechThreshold: message.number(22) ?? 0,
      buriesNewSiblings: message.number(27) === 1,
      buriesReviewSiblings: message.number(28) === 1,
      desiredRetention: message.float(37),
      fsrsWeights: weights,
    }),
  };
}

/** Schema 18 has tables of their own for all this, with protobuf in them. */
export function readHead18(database: DatabaseSync): Head {
  const config = new Map(
    rowsOf(database, 'SELECT KEY AS name, val AS config FROM config').map(({ name, config: value }) => {
      try {
        return [name, JSON.parse(new TextDecoder().decode(value)) as unknown];
      } catch {
        return [name, undefined];
      }
    }),
  );
  const { crt } = database.prepare('SELECT crt FROM col').get() as { crt: number };
  const options = rowsOf(database, 'SELECT id, name, config FROM deck_config ORDER BY id').map(optionsOf);
  const known = new Set(options.map((group) => group.key));
  const decks: Deck[] = [];
  const filtered = new Set<number>();
  for (const { id, name, kind } of rowsOf(database, 'SELECT id, name, kind FROM decks ORDER BY id')) {
    const container = new Message(kind);
    if (container.bytes(2) !== undefined) {
      filtered.add(id);
      continue;
    }
    const normal = new Message(container.bytes(1) ?? new Uint8Array());
    const group = normal.number(1);
    decks.push({
      type: 'deck',
      key: id,
      // Here a deck's levels are joined by 0x1F.
      path: name.split('\x1f'),
      description: normal.text(4) ?? '',
      ...(group !== undefined && known.has(group) ? { options: group } : {}),
    });
  }
  return {
    calendar: readCalendar(crt, { creationOffset: config.get('creationOffset'), rollover: config.get('rollover') }),
    // Anki writes this schema only with a later scheduler.
    isFirstScheduler: config.get('schedVer') === 1,
    options,
    decks,
    filtered,
    noteTypes: noteTypes(database),
  };
}
