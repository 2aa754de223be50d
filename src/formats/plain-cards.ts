import type { Card, CollectionSource, Deck, Note, NoteType, ProblemLog } from './collection.ts';
import { renderPlain } from './render.ts';

/** A card of a collection as a front and a back. */
export interface PlainCard {
  readonly front: string;
  readonly back: string;
  readonly deck: readonly string[];
}

/**
 * The cards of a collection as fronts and backs of plain text: what today's tables hold. Notes, tags, media, dates and reviews are not in
 * them, and counted as left out. This is the seam: with tables for notes, a mapping of entries to rows stands in its place.
 */
export async function* plainCards(source: CollectionSource, problems: ProblemLog): AsyncGenerator<PlainCard> {
  const noteTypes = new Map<number, NoteType>();
  const decks = new Map<number, Deck>();
  const notes = new Map<number, Note>();
  let reviews = 0;
  let scheduled = 0;
  let tagged = 0;
  for await (const entry of source.entries()) {
    if (entry.type === 'note-type') noteTypes.set(entry.key, entry);
    else if (entry.type === 'deck') decks.set(entry.key, entry);
    else if (entry.type === 'note') {
      notes.set(entry.key, entry);
      if (entry.tags.length > 0) tagged++;
    } else if (entry.type === 'review') reviews++;
    else if (entry.type === 'card') {
      if (entry.stage !== 'new') scheduled++;
      const note = notes.get(entry.note);
      const noteType = note === undefined ? undefined : noteTypes.get(note.noteType);
      if (note === undefined || noteType === undefined) {
        problems.add('card_without_note', 'Cards whose note is missing are left out.');
        continue;
      }
      const path = decks.get(entry.deck)?.path ?? [];
      const card = plainCard(entry, note, noteType, path, problems);
      if (card !== undefined) yield card;
    }
  }
  for (const { code, what, count } of source.problems()) problems.add(code, what, count);
  problems.add('schedule_left_out', 'Cards that were studied before begin anew: dates are not imported yet.', scheduled);
  problems.add('reviews_left_out', 'Reviews are not imported yet.', reviews);
  problems.add('tags_left_out', 'Notes with tags: tags are not imported yet.', tagged);
  problems.add('media_left_out', 'Pictures and sounds are not imported yet; their names stand in brackets.', source.media.length);
}

function plainCard(
  card: Card,
  note: Note,
  noteType: NoteType,
  path: readonly string[],
  problems: ProblemLog,
): PlainCard | undefined {
  const isCloze = noteType.form === 'cloze';
  const template = noteType.templates[isCloze ? 0 : card.ordinal];
  if (template === undefined) {
    problems.add('card_without_template', 'Cards whose template is missing are left out.');
    return undefined;
  }
  const fields = new Map(noteType.fields.map((name, index) => [name, note.fields[index] ?? '']));
  const special = new Map([
    ['Tags', note.tags.join(' ')],
    ['Deck', path.join('::')],
    ['Subdeck', path.at(-1) ?? ''],
    ['Card', template.name],
    ['Type', noteType.name],
  ]);
  const input = { fields, special, ...(isCloze ? { cloze: card.ordinal + 1 } : {}) };
  const { front, back } = renderPlain(template, input, (filter) =>
    problems.add(`filter_${filter}`, `The filter “${filter}” of a template is not known: the field itself is shown.`),
  );
  if (front !== '' && back !== '') return { front, back, deck: path };
  problems.add('empty_side', 'Cards with an empty front or back are left out.');
  return undefined;
}
