import type { Database } from '../db/database.ts';
import { replaceMany, writingMany } from '../db/stores/bulk-rows.ts';
import { type Card, holdCards } from '../db/stores/cards.ts';
import { liveOwnedAmong } from '../db/stores/decks.ts';
import { ownNotesAmong, ownPlainCardsAmong } from '../db/stores/edit-targets.ts';
import { holdNotes, type NoteRow, tagsOf } from '../db/stores/notes.ts';
import { operationOf } from '../db/stores/operations.ts';
import { indexCards } from '../db/stores/search-rows.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { gapsOf, parseCloze } from '../notes/cloze.ts';
import { isBlankHtml, textOfHtml } from '../notes/html.ts';
import type { NoteFormat } from '../notes/make-cards.ts';
import type { ReplacedField, Replacement, Stretch } from '../notes/replace.ts';
import { inverseOfRows, ManyJournal } from './change-many.ts';
import { type EditScope, targetsOf } from './edit-scope.ts';
import { GivingWay } from './giving-way.ts';
import { type StoredType, storedTypes } from './note-types.ts';
import { fieldsOf, ordinalsOf, type PreparedNote, prepareNote } from './prepare-note.ts';
import { type ReplaceFields, replacingApart } from './replace-apart.ts';
import { rewriteNotes } from './rewrite-notes.ts';

export interface ReplaceAsked extends Replacement {
  /** Names of fields to look into; empty for all of them. */
  readonly fields: readonly string[];
}

/** A note, or a card that stands for itself, and the version of it that was looked at. */
export interface ReplaceItem {
  readonly kind: 'note' | 'card';
  readonly id: bigint;
  readonly updated_at: string;
}

export interface PreviewedChange extends ReplaceItem {
  readonly deck_name: string;
  readonly fields: readonly { readonly name: string; readonly stretches: readonly { text: string; becomes: string | null }[] }[];
}

/** One that stays as it is, and why. */
export interface LeftItem {
  readonly kind: 'note' | 'card';
  readonly id: bigint;
  readonly title: string;
  readonly reason: string;
}

export interface ReplacePreview {
  /** Notes, and cards that stand for themselves, that were looked through. */
  readonly looked_at: number;
  /** Cards of others' decks, which nobody but their owners may change. */
  readonly not_own: number;
  /** The names of their fields, with how many have each. */
  readonly fields: readonly { readonly name: string; readonly count: number }[];
  /** All that would change, in their order; to be sent back. */
  readonly items: readonly ReplaceItem[];
  /** Places where something would be replaced. */
  readonly hits: number;
  readonly changes: readonly PreviewedChange[];
  /** For more of the changes; NULL when these are the last. */
  readonly next: string | null;
  readonly left_count: number;
  readonly left: readonly LeftItem[];
}

export interface ReplaceDone {
  readonly changed: number;
  readonly hits: number;
  readonly left_count: number;
  readonly left: readonly LeftItem[];
}

/** Notes and cards of one operation, at most. */
export const MOST_REPLACED = 10_000;
/** Changes of one page of a preview, and of those that stay how many are named. */
const PAGE = 50;
const MOST_NAMED = 100;
/** Notes read in one go, and written; others are answered between. */
const BATCH = 500;
const WRITTEN = 100;
/** Of a field that is shown: characters around what changes, and places. */
const AROUND = 60;
const MOST_STRETCHES = 40;
const LONGEST_SHOWN = 300;
const TITLE = 80;
/** What an API client may write on a card (http/schemas.ts). */
const MOST_OF_SIDE: Readonly<Record<string, number>> = { Front: 2000, Back: 5000 };

/** What is read of a note or card to replace something in it. */
interface Item {
  readonly kind: 'note' | 'card';
  readonly id: bigint;
  readonly version: string;
  readonly deck: string;
  readonly format: NoteFormat;
  readonly fields: ReadonlyMap<string, string>;
  readonly note?: { readonly row: NoteRow; readonly type: StoredType; readonly tags: readonly string[] };
}

interface Outcome {
  readonly item: Item;
  readonly replaced: ReadonlyMap<string, ReplacedField>;
  readonly hits: number;
  /** Why it is to stay; absent when it may change. */
  readonly refusal?: string;
  readonly made?: PreparedNote;
}

const isBlank = (value: string, format: NoteFormat): boolean => (format === 'html' ? isBlankHtml(value) : value.trim() === '');

function titleOf({ fields, format }: Item): string {
  const first = [...fields.values()].find((value) => !isBlank(value, format)) ?? '';
  return (format === 'html' ? textOfHtml(first) : first).replaceAll(/\s+/g, ' ').trim().slice(0, TITLE);
}

/** Reads what may be changed, a few hundred at a time, in the order of ids. */
async function* itemsOf(
  database: Database,
  user: User,
  notes: readonly bigint[],
  cards: readonly bigint[],
): AsyncGenerator<Item[]> {
  for (let at = 0; at < notes.length; at += BATCH) {
    const ids = notes.slice(at, at + BATCH);
    yield database.read(async (session) => {
      const rows = await ownNotesAmong(session, user.id, ids);
      const typeOf = await storedTypes(session, rows);
      const tags = await tagsOf(
        session,
        rows.map(({ id }) => id),
      );
      return rows.map(({ deck_name, ...row }): Item => {
        const note = { row, type: typeOf(row), tags: tags.get(row.id) ?? [] };
        const format = row.format as NoteFormat;
        return {
          kind: 'note',
          id: row.id,
          version: row.updated_at.toJSON(),
          deck: deck_name,
          format,
          fields: fieldsOf(row),
          note,
        };
      });
    });
  }
  for (let at = 0; at < cards.length; at += BATCH) {
    const ids = cards.slice(at, at + BATCH);
    yield database.read(async (session) =>
      (await ownPlainCardsAmong(session, user.id, ids)).map(({ id, updated_at, deck_name, front, back }): Item => {
        const fields = new Map(Object.entries({ Front: front, Back: back }));
        return { kind: 'card', id, version: updated_at.toJSON(), deck: deck_name, format: 'text', fields };
      }),
    );
  }
}

/** What replacing does to some of them; those in which nothing is found are left out. */
async function outcomesOf(items: readonly Item[], asked: ReplaceAsked, replace: ReplaceFields): Promise<Outcome[]> {
  const isMeant = (name: string): boolean => asked.fields.length === 0 || asked.fields.includes(name);
  const places = items.flatMap((item) =>
    [...item.fields].flatMap(([name, value]) => (value !== '' && isMeant(name) ? [{ item, name, value }] : [])),
  );
  const done = await replace(places.map(({ item, value }) => ({ value, format: item.format })));
  const found = new Map<Item, Map<string, ReplacedField>>();
  for (const [at, { item, name }] of places.entries()) {
    const replaced = done[at];
    if (replaced === undefined) continue;
    found.set(item, (found.get(item) ?? new Map<string, ReplacedField>()).set(name, replaced));
  }
  return [...found].map(([item, replaced]) => {
    const hits = [...replaced.values()].reduce((sum, { count }) => sum + count, 0);
    return { item, replaced, hits, ...judged(item, replaced) };
  });
}

/** What the item becomes, or why it is to stay as it is. */
function judged(
  { note, fields, format, deck }: Item,
  replaced: ReadonlyMap<string, ReplacedField>,
): Pick<Outcome, 'refusal' | 'made'> {
  for (const [name, { after }] of replaced)
    if (isBlank(after, format) && !isBlank(fields.get(name) ?? '', format)) return { refusal: `${name} would be empty.` };
  if (note === undefined) {
    for (const [name, { after }] of replaced) {
      const most = MOST_OF_SIDE[name] as number;
      if ([...after].length > most) return { refusal: `${name} would be longer than ${most.toLocaleString('en')} characters.` };
    }
    return {};
  }
  const { row, type, tags } = note;
  if (type.kind === 'occlusion' && replaced.has(type.fields[0] ?? ''))
    return { refusal: 'The areas of a picture are changed where they are drawn.' };
  if (type.kind === 'cloze') {
    for (const [name, { after }] of replaced)
      if (gapsOf(parseCloze(after)).join(' ') !== gapsOf(parseCloze(fields.get(name) ?? '')).join(' '))
        return { refusal: `The gaps of ${name} would not be the same.` };
  }
  try {
    const after = new Map([...fields].map(([name, value]) => [name, replaced.get(name)?.after ?? value]));
    const values = { type: row.type, note_type_id: row.note_type_id, format, fields: after, tags };
    const made = prepareNote(values, type, deck, row.elements ?? undefined);
    const before = ordinalsOf(row, type, tags);
    if (made.cards.length !== before.size || made.cards.some(({ ordinal }) => !before.has(ordinal)))
      return { refusal: 'It would not make the same cards.' };
    return { made };
  } catch (error) {
    if (!(error instanceof FlashcaseError) || error.code !== 'FC_INPUT_INVALID') throw error;
    return { refusal: error.message };
  }
}

const leftOf = ({ item, refusal }: Outcome): LeftItem => ({
  kind: item.kind,
  id: item.id,
  title: titleOf(item),
  reason: refusal as string,
});

/** Of a field what is shown: what changes, and a little around it. */
function shown(stretches: readonly Stretch[]): { text: string; becomes: string | null }[] {
  const some = stretches.slice(0, MOST_STRETCHES).map(({ text, becomes }, at, all) => {
    if (becomes !== undefined) return { text: text.slice(0, LONGEST_SHOWN), becomes: becomes.slice(0, LONGEST_SHOWN) };
    const [isFirst, isLast] = [at === 0, at === all.length - 1];
    const most = isFirst || isLast ? AROUND : 2 * AROUND;
    if (text.length <= most) return { text, becomes: null };
    const [head, tail] = [isFirst ? '' : text.slice(0, AROUND), isLast ? '' : text.slice(-AROUND)];
    return { text: `${head} … ${tail}`, becomes: null };
  });
  return stretches.length > MOST_STRETCHES ? [...some, { text: ' …', becomes: null }] : some;
}

/** The place of an item in the order of a preview. */
const markOf = ({ kind, id }: { readonly kind: 'note' | 'card'; readonly id: bigint }): string => `${kind}-${id}`;

function readMark(text: string): { readonly kind: string; readonly id: bigint } {
  const [, kind, id] = /^(note|card)-(\d{1,18})$/.exec(text) ?? [];
  if (kind === undefined)
    throw new FlashcaseError('FC_BAD_REQUEST', {
      what: 'This is not the place of a page of a preview',
      hint: 'Send `next` of the page before as `after`, or begin again without it.',
    });
  return { kind, id: BigInt(id as string) };
}

/** Refuses what asks for nothing. */
function checkAsked({ find }: ReplaceAsked): void {
  if (find === '') throw new FlashcaseError('FC_INPUT_INVALID', { what: 'what is to be found?', details: { field: 'find' } });
}

/**
 * What replacing would change; nothing is kept. The first page has the counts of all and every item with its version, which `replaceInNotes`
 * takes; a later page (`after`) has changes alone. Throws `FC_INPUT_INVALID` for an expression that is none or takes too long, and where more than
 * `MOST_REPLACED` would change.
 */
export async function previewReplace(
  database: Database,
  user: User,
  scope: EditScope,
  asked: ReplaceAsked,
  after: string | undefined,
): Promise<ReplacePreview> {
  checkAsked(asked);
  const mark = after === undefined ? undefined : readMark(after);
  const targets = await targetsOf(database, user, scope);
  const notes = mark?.kind === 'card' ? [] : targets.notes.filter((id) => mark === undefined || id > mark.id);
  const cards = targets.plainCards.filter((id) => mark?.kind !== 'card' || id > mark.id);
  const counts = new Map<string, number>();
  const items: ReplaceItem[] = [];
  const changes: PreviewedChange[] = [];
  const left: LeftItem[] = [];
  let [lookedAt, hits, leftCount, isMore] = [0, 0, 0, false];
  const way = new GivingWay();
  await replacingApart(asked, async (replace) => {
    for await (const part of itemsOf(database, user, notes, cards)) {
      lookedAt += part.length;
      for (const { fields } of part)
        for (const [name, value] of fields) if (value !== '') counts.set(name, (counts.get(name) ?? 0) + 1);
      for (const outcome of await outcomesOf(part, asked, replace)) {
        if (outcome.refusal !== undefined) {
          leftCount++;
          if (left.length < MOST_NAMED) left.push(leftOf(outcome));
          continue;
        }
        const { kind, id, version, deck } = outcome.item;
        const item: ReplaceItem = { kind, id, updated_at: version };
        items.push(item);
        hits += outcome.hits;
        if (changes.length === PAGE) isMore = true;
        else {
          const fields = [...outcome.replaced].map(([name, { stretches }]) => ({ name, stretches: shown(stretches) }));
          changes.push({ ...item, deck_name: deck, fields });
        }
      }
      if (items.length > MOST_REPLACED)
        throw new FlashcaseError('FC_INPUT_INVALID', {
          what: `more than ${MOST_REPLACED.toLocaleString('en')} notes would change. Go deck by deck, or look for something more particular`,
          details: { field: 'find' },
        });
      // A later page needs no counts.
      if (mark !== undefined && isMore) break;
      await way.now();
    }
  });
  const last = changes.at(-1);
  return {
    looked_at: lookedAt,
    not_own: targets.notOwn,
    fields: [...counts].map(([name, count]) => ({ name, count })),
    items: mark === undefined ? items : [],
    hits,
    changes,
    next: isMore && last !== undefined ? markOf(last) : null,
    left_count: leftCount,
    left,
  };
}

const CHANGED = 'It was changed since the preview.';

/**
 * Replaces in the notes and cards of a preview, as one operation that can be taken back. What was changed since its version, is gone, or may not
 * become what it would is left as it is and named. Gives the operation's id; none where nothing was changed.
 */
export async function replaceInNotes(
  database: Database,
  user: User,
  asked: ReplaceAsked,
  wanted: readonly ReplaceItem[],
): Promise<{ readonly done: ReplaceDone; readonly operation: bigint | undefined }> {
  checkAsked(asked);
  if (wanted.length > MOST_REPLACED)
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `items: these are ${wanted.length.toLocaleString('en')}, ${MOST_REPLACED.toLocaleString('en')} at most`,
      hint: 'Send them in parts: each is one operation.',
    });
  const missing = new Map(wanted.map((item) => [markOf(item), item]));
  const idsOf = (kind: 'note' | 'card') =>
    [...missing.values()]
      .filter((item) => item.kind === kind)
      .map(({ id }) => id)
      .toSorted((a, b) => (a < b ? -1 : 1));
  const left: LeftItem[] = [];
  const outcomes: Outcome[] = [];
  const way = new GivingWay();
  // Found out before anything is written: nobody waits for it.
  await replacingApart(asked, async (replace) => {
    for await (const part of itemsOf(database, user, idsOf('note'), idsOf('card'))) {
      const current = part.filter((item) => {
        const isSame = missing.get(markOf(item))?.updated_at === item.version;
        missing.delete(markOf(item));
        if (!isSame) left.push({ kind: item.kind, id: item.id, title: titleOf(item), reason: CHANGED });
        return isSame;
      });
      for (const outcome of await outcomesOf(current, asked, replace)) {
        if (outcome.refusal === undefined) outcomes.push(outcome);
        else left.push(leftOf(outcome));
      }
      await way.now();
    }
  });
  for (const { kind, id } of missing.values()) left.push({ kind, id, title: '', reason: 'It is not there any more.' });
  if (outcomes.length === 0)
    return { done: { changed: 0, hits: 0, left_count: left.length, left: left.slice(0, MOST_NAMED) }, operation: undefined };

  return database.write(
    (session) =>
      writingMany(session, async () => {
        // Run again from the beginning where the engine asks for it.
        const leftNow = [...left];
        let [changed, hits] = [0, 0];
        const now = session.clock.now();
        const journal = new ManyJournal(session, user, 'find_replace', (outcomes[0] as Outcome).item.id);
        for (let at = 0; at < outcomes.length; at += WRITTEN) {
          const part = outcomes.slice(at, at + WRITTEN);
          const ids = (kind: 'note' | 'card') => part.filter(({ item }) => item.kind === kind).map(({ item }) => item.id);
          const notes = await holdNotes(session, ids('note'));
          const cards = (await holdCards(session, ids('card'))).filter(({ note_id }) => note_id === null);
          const owned = await liveOwnedAmong(session, user.id, [...new Set([...notes, ...cards].map(({ deck_id }) => deck_id))]);
          const held = new Map<string, NoteRow | Card>([
            ...notes.map((row) => [markOf({ kind: 'note', id: row.id }), row] as const),
            ...cards.map((row) => [markOf({ kind: 'card', id: row.id }), row] as const),
          ]);
          const good = part.filter(({ item }) => {
            const row = held.get(markOf(item));
            const isSame = row !== undefined && row.updated_at.toJSON() === item.version && owned.has(row.deck_id);
            if (!isSame) leftNow.push({ kind: item.kind, id: item.id, title: titleOf(item), reason: CHANGED });
            return isSame;
          });
          if (good.length === 0) continue;
          const rewrites = good.flatMap(({ item, made }) => {
            const row = held.get(markOf(item));
            return made === undefined
              ? []
              : [{ row: row as NoteRow, type: (row as NoteRow).type, note_type_id: (row as NoteRow).note_type_id, made }];
          });
          const rewritten = await rewriteNotes(session, rewrites, now);
          const before = good.filter(({ made }) => made === undefined).map(({ item }) => held.get(markOf(item)) as Card);
          const after = before.map((card) => {
            const { replaced } = good.find(({ item }) => item.kind === 'card' && item.id === card.id) as Outcome;
            return {
              ...card,
              front: replaced.get('Front')?.after ?? card.front,
              back: replaced.get('Back')?.after ?? card.back,
              updated_at: now,
            };
          });
          await replaceMany(session, 'card', after);
          await indexCards(session, after);
          const plain = inverseOfRows(now, [], new Map(), before);
          await journal.add({ ...rewritten, cards: [...rewritten.cards, ...plain.cards] });
          changed += good.length;
          hits += good.reduce((sum, one) => sum + one.hits, 0);
          await new Promise(setImmediate);
        }
        await journal.finish();
        const done = { changed, hits, left_count: leftNow.length, left: leftNow.slice(0, MOST_NAMED) };
        return { done, operation: operationOf(session) };
      }),
    user.id,
  );
}
