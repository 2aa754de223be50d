import type { Session } from '../db/database.ts';
import { listCardsOfDeck } from '../db/stores/cards.ts';
import type { VisibleDeck } from '../db/stores/decks.ts';
import { tagsOf } from '../db/stores/notes.ts';
import { csvLines } from '../formats/text/write-text.ts';
import { pagesOf } from './export-pages.ts';

/** Cards as a table, with the tags of their notes; of several decks with the names of these. */
export async function* tableOf(session: Session, decks: readonly VisibleDeck[]): AsyncGenerator<string> {
  const inDeck = (cells: string[], name: string | undefined): string[] => (decks.length > 1 ? [...cells, name ?? ''] : cells);
  // What somebody else wrote is no formula of who opens it.
  const shown = (text: string): string => (decks[0]?.is_owner !== true && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text);
  // Spreadsheets take UTF-8 for something else without it.
  yield '\uFEFF';
  yield* csvLines([inDeck(['Front', 'Back', 'Tags'], 'Deck')]);
  for await (const { rows, deck } of pagesOf(decks, (deckId, page) => listCardsOfDeck(session, deckId, page))) {
    const tags = await tagsOf(session, [...new Set(rows.flatMap(({ note_id }) => (note_id === null ? [] : [note_id])))]);
    yield* csvLines(
      rows.map(({ front, back, note_id }) =>
        inDeck([shown(front), shown(back), (tags.get(note_id ?? -1n) ?? []).join(' ')], decks[deck]?.name),
      ),
    );
  }
}
