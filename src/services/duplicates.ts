import type { Database, Session } from '../db/database.ts';
import { replaceMany, writingMany } from '../db/stores/bulk-rows.ts';
import { holdCardsOfNotes } from '../db/stores/cards.ts';
import { liveOwnedAmong } from '../db/stores/decks.ts';
import { type DuplicateCandidate, duplicateCandidates, ownDeckIds, studyOfNotes } from '../db/stores/duplicates.ts';
import { ownNotesAmong } from '../db/stores/edit-targets.ts';
import { deckNamesOf, holdNotes, type NoteRow, tagsOf } from '../db/stores/notes.ts';
import { operationOf } from '../db/stores/operations.ts';
import { indexCards } from '../db/stores/search-rows.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { duplicateKey } from '../notes/duplicate-key.ts';
import { textOfHtml } from '../notes/html.ts';
import type { NoteFormat } from '../notes/make-cards.ts';
import { htmlOfMarkdown } from '../notes/markdown.ts';
import { cleanTags } from '../notes/tags.ts';
import { fold } from '../search/words.ts';
import { inverseOfRows, ManyJournal } from './change-many.ts';
import { GivingWay } from './giving-way.ts';
import { storedTypes } from './note-types.ts';
import { fieldsOf, prepareNote } from './prepare-note.ts';
import { type Rewrite, rewriteNotes } from './rewrite-notes.ts';

/**
 * When two first fields are the same: to the letter; whatever their capitals, spaces and formatting (`usual`); or accents and other forms of a
 * letter, too (`loose`). Pictures count by where they come from.
 */
export const MATCHES = ['exact', 'usual', 'loose'] as const;

export interface DuplicatesAsked {
  readonly deck_id?: bigint | undefined;
  readonly match: (typeof MATCHES)[number];
  /** How many groups to pass over. */
  readonly skip: number;
  readonly limit: number;
}

export interface DuplicateNote {
  readonly id: bigint;
  readonly updated_at: string;
  readonly deck_name: string;
  readonly type: string;
  /** As plain text, each from its beginning. */
  readonly fields: readonly { readonly name: string; readonly value: string }[];
  readonly tags: readonly string[];
  readonly card_count: number;
  /** The user's own. */
  readonly review_count: number;
}

export interface Duplicates {
  readonly group_count: number;
  readonly note_count: number;
  readonly groups: readonly { readonly notes: readonly DuplicateNote[] }[];
}

export const RESOLUTIONS = ['merge', 'delete', 'mark'] as const;

export interface Resolution {
  /** The note whose cards and reviews stay. */
  readonly keep: bigint;
  /** For `merge`: the note whose fields the one that stays gets; its own when absent. */
  readonly text_of?: bigint | undefined;
  /** All of the group, as they were shown. */
  readonly notes: readonly { readonly id: bigint; readonly updated_at: string }[];
}

export interface Resolved {
  readonly groups: number;
  /** Notes that are gone, or marked. */
  readonly notes: number;
  readonly left: readonly { readonly keep: bigint; readonly reason: string }[];
}

/** What notes are marked with. */
export const DUPLICATE_TAG = 'duplicate';
/** Groups of one request. */
export const MOST_GROUPS = 500;
const MOST_OF_GROUP = 1000;
/** Notes of a group that are shown; characters of a field. */
const MOST_SHOWN = 20;
const EXCERPT = 300;

const plainOf = (value: string, format: string): string =>
  format === 'text' ? value : textOfHtml(format === 'html' ? value : htmlOfMarkdown(value));

/** Where the pictures of a field come from. */
const picturesIn = (value: string): string[] =>
  [...value.matchAll(/<(?:img|audio)\b[^>]*?\ssrc="([^"]*)"|!\[[^\]]*\]\(([^)\s]*)/gi)].map(
    ([, html, markdown]) => (html ?? markdown) as string,
  );

/** Groups of notes of one type whose first fields are the same, each in the order of ids; the group with the oldest note first. */
async function groupsOf(session: Session, deckIds: readonly bigint[], match: DuplicatesAsked['match']): Promise<bigint[][]> {
  const needs = match === 'exact' ? 'all' : match === 'usual' ? 'media' : 'media and letters';
  const candidates = await duplicateCandidates(session, deckIds, match === 'loose', needs);
  const typeOf = await storedTypes(
    session,
    candidates.filter(({ fields }) => fields !== null),
  );
  const groups = new Map<string, bigint[]>();
  const way = new GivingWay();
  for (const one of candidates) {
    const key = `${one.type} ${one.note_type_id} ${keyOf(one, match, () => typeOf(one).fields[0] ?? '')}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one.id]);
    else group.push(one.id);
    await way.now();
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

function keyOf(one: DuplicateCandidate, match: DuplicatesAsked['match'], firstField: () => string): string {
  if (one.fields === null) return one.duplicate_key;
  const first = (JSON.parse(one.fields) as Record<string, string>)[firstField()] ?? '';
  const text = plainOf(first, one.format);
  const pictures = picturesIn(first);
  // What has no letter but those of ASCII has the same key as before: to fold it is to take its capitals away.
  const same =
    match === 'exact'
      ? `= ${text}`
      : match === 'loose'
        ? (duplicateKey(fold(text), 'text') ?? one.duplicate_key)
        : one.duplicate_key;
  return pictures.length === 0 ? same : `${same} ${pictures.join(' ')}`;
}

/** Notes of one's own decks that repeat each other, a page of groups. */
export async function findDuplicateNotes(database: Database, user: User, asked: DuplicatesAsked): Promise<Duplicates> {
  return database.read(async (session) => {
    const deckIds = await ownDeckIds(session, user.id, asked.deck_id);
    if (asked.deck_id !== undefined && deckIds.length === 0) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Deck not found' });
    const groups = await groupsOf(session, deckIds, asked.match);
    const page = groups.slice(asked.skip, asked.skip + asked.limit);
    const notes = await shownNotes(
      session,
      user,
      page.flatMap((group) => group.slice(0, MOST_SHOWN)),
    );
    return {
      group_count: groups.length,
      note_count: groups.reduce((sum, { length }) => sum + length, 0),
      groups: page.map((group) => ({ notes: group.flatMap((id) => notes.get(id) ?? []) })),
    };
  });
}

async function shownNotes(session: Session, user: User, ids: readonly bigint[]): Promise<Map<bigint, DuplicateNote>> {
  const rows = await ownNotesAmong(session, user.id, ids);
  const tags = await tagsOf(session, ids);
  const study = await studyOfNotes(session, user.id, ids);
  return new Map(
    rows.map((row): [bigint, DuplicateNote] => {
      const { cards = 0, reviews = 0 } = study.get(row.id) ?? {};
      return [
        row.id,
        {
          id: row.id,
          updated_at: row.updated_at.toJSON(),
          deck_name: row.deck_name,
          type: row.type,
          fields: [...fieldsOf(row)].flatMap(([name, value]) =>
            value.trim() === '' ? [] : [{ name, value: plainOf(value, row.format).slice(0, EXCERPT) }],
          ),
          tags: tags.get(row.id) ?? [],
          card_count: cards,
          review_count: reviews,
        },
      ];
    }),
  );
}

/**
 * Merges, thins out or marks groups of notes, as one operation that can be taken back. Of each group one note stays, with its cards and their
 * history; `merge` gives it the tags of all, and the text of whichever is wanted. A group of which anything was changed since it was shown is
 * left whole and named.
 */
export async function resolveDuplicates(
  database: Database,
  user: User,
  action: (typeof RESOLUTIONS)[number],
  wanted: readonly Resolution[],
): Promise<{ readonly done: Resolved; readonly operation: bigint | undefined }> {
  if (wanted.length > MOST_GROUPS || wanted.some(({ notes }) => notes.length > MOST_OF_GROUP))
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `groups: at most ${MOST_GROUPS} groups of at most ${MOST_OF_GROUP.toLocaleString('en')} notes`,
      hint: 'Send them in parts: each is one operation.',
    });
  return database.write(
    (session) =>
      writingMany(session, async () => {
        const now = session.clock.now();
        const left: { keep: bigint; reason: string }[] = [];
        let [groups, notes] = [0, 0];
        const done = new Set<bigint>();
        const journal = new ManyJournal(session, user, `${action}_duplicates`, wanted[0]?.keep ?? 0n);
        for (const one of wanted) {
          const ids = [...new Set(one.notes.map(({ id }) => id))];
          const held = new Map((await holdNotes(session, ids)).map((row) => [row.id, row]));
          const owned = await liveOwnedAmong(session, user.id, [...new Set([...held.values()].map(({ deck_id }) => deck_id))]);
          const refusal = refusalOf(one, held, owned, done);
          if (refusal !== undefined) {
            left.push({ keep: one.keep, reason: refusal });
            continue;
          }
          const rows = [...held.values()];
          for (const { id } of rows) done.add(id);
          try {
            if (action === 'mark') await mark(session, rows, journal);
            else await thinOut(session, one, rows, action === 'merge', journal);
          } catch (error) {
            if (!(error instanceof FlashcaseError) || error.code !== 'FC_INPUT_INVALID') throw error;
            left.push({ keep: one.keep, reason: error.message });
            continue;
          }
          groups++;
          notes += action === 'mark' ? rows.length : rows.length - 1;
          await new Promise(setImmediate);
        }
        await journal.finish();
        return { done: { groups, notes, left }, operation: operationOf(session) };

        /** Tags of all, and the text that is wanted, for the one that stays; the others go. What is refused is refused before anything is written. */
        async function thinOut(
          at: Session,
          { keep, text_of = keep }: Resolution,
          rows: readonly NoteRow[],
          isMerge: boolean,
          to: ManyJournal,
        ): Promise<void> {
          const kept = rows.find(({ id }) => id === keep) as NoteRow;
          const gone = rows.filter(({ id }) => id !== keep);
          const tags = await tagsOf(
            at,
            rows.map(({ id }) => id),
          );
          if (isMerge) {
            const all = cleanTags(rows.flatMap(({ id }) => tags.get(id) ?? []));
            const rewrite = await rewriteOf(at, kept, all, rows.find(({ id }) => id === text_of) as NoteRow);
            const isSame = text_of === keep && all.length === (tags.get(keep) ?? []).length;
            if (!isSame) await to.add(await rewriteNotes(at, [rewrite], now));
          }
          const cards = (
            await holdCardsOfNotes(
              at,
              gone.map(({ id }) => id),
            )
          ).filter(({ deleted_at }) => deleted_at === null);
          await replaceMany(
            at,
            'note',
            gone.map((row) => ({ ...row, deleted_at: now, updated_at: now })),
          );
          const after = cards.map((card) => ({ ...card, deleted_at: now, updated_at: now }));
          await replaceMany(at, 'card', after);
          await indexCards(at, after);
          await to.add(inverseOfRows(now, gone, tags, cards));
        }

        async function mark(at: Session, rows: readonly NoteRow[], to: ManyJournal): Promise<void> {
          const tags = await tagsOf(
            at,
            rows.map(({ id }) => id),
          );
          const rewrites: Rewrite[] = [];
          for (const row of rows) {
            const before = tags.get(row.id) ?? [];
            if (!before.includes(DUPLICATE_TAG)) rewrites.push(await rewriteOf(at, row, [...before, DUPLICATE_TAG], row));
          }
          if (rewrites.length > 0) await to.add(await rewriteNotes(at, rewrites, now));
        }
      }),
    user.id,
  );
}

const CHANGED = 'One of these notes was changed since they were shown.';

function refusalOf(
  { keep, text_of, notes }: Resolution,
  held: ReadonlyMap<bigint, NoteRow>,
  owned: ReadonlySet<bigint>,
  done: ReadonlySet<bigint>,
): string | undefined {
  const types = new Set([...held.values()].map(({ type, note_type_id }) => `${type} ${note_type_id}`));
  const isHere = (id: bigint): boolean => notes.some((note) => note.id === id);
  if (notes.length < 2 || !isHere(keep) || (text_of !== undefined && !isHere(text_of)))
    return 'Send all notes of the group, two at least.';
  for (const { id, updated_at } of notes) {
    const row = held.get(id);
    if (row === undefined || !owned.has(row.deck_id) || row.updated_at.toJSON() !== updated_at || done.has(id)) return CHANGED;
  }
  return types.size > 1 ? 'These notes are not of one type.' : undefined;
}

/** A note with other tags and the fields of another one of its type. */
async function rewriteOf(session: Session, row: NoteRow, tags: readonly string[], text: NoteRow): Promise<Rewrite> {
  const { type, note_type_id } = row;
  const typeOf = await storedTypes(session, [row]);
  const deck = (await deckNamesOf(session, [row.deck_id])).get(row.deck_id) ?? '';
  const values = { type, note_type_id, format: text.format as NoteFormat, fields: fieldsOf(text), tags };
  return { row, type, note_type_id, made: prepareNote(values, typeOf(row), deck, row.elements ?? undefined) };
}
