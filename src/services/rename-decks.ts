import type { Session } from '../db/database.ts';
import type { Deck, VisibleDeck } from '../db/stores/decks.ts';
import { holdDecks } from '../db/stores/decks-below.ts';
import type { User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { LEVEL_SEPARATOR, levelsOf, pathOf } from '../search/deck-names.ts';
import { belowAmong, ownPlaces, type PlacedDeck } from './decks-below.ts';

/** As the tables and the API have it. */
const MAX_NAME = 200;

/** A deck that gets another name. */
export interface Renamed {
  readonly before: Deck;
  readonly name: string;
}

/**
 * What a deck and those below it are called once it has another name: names alone say what is below what, so whatever is below a deck goes with
 * it. Held until the end of this unit of work, the deck itself first. Where an older deck has the same name, what is below stays below that one.
 * Refused as a whole where a name would be too long (`FC_INPUT_INVALID`), or be that of another deck (`FC_CONFLICT`): two trees that have become
 * one are told apart by nobody. A deck that has none below may be called as it likes.
 */
export async function renamedDecks(session: Session, user: User, deck: VisibleDeck, name: string): Promise<Renamed[]> {
  if (name === deck.name) return (await holdBelow(session, deck, [])).map((before) => ({ before, name }));
  const own = await ownPlaces(session, user);
  const below = belowAmong(own, deck);
  const names = new Map([[deck.id, name], ...below.map((one) => [one.id, movedName(one, deck.name, name)] as const)]);
  if (below.length > 0) refuseClash(own, names);
  const held = await holdBelow(session, deck, below);
  return held.map((before) => ({ before, name: names.get(before.id) as string }));
}

/** A deck and those below it, held in the order of their ids, the deck itself first. Refused where one got another name meanwhile (`FC_CHANGED_MEANWHILE`). */
export async function holdBelow(session: Session, deck: VisibleDeck, below: readonly PlacedDeck[]): Promise<Deck[]> {
  const known = new Map([deck, ...below].map(({ id, name }) => [id, name]));
  const held = await holdDecks(session, [...known.keys()]);
  const first = held.find(({ id }) => id === deck.id);
  if (first === undefined) throw new FlashcaseError('FC_NOT_FOUND', { what: 'Deck not found' });
  if (below.length > 0 && held.some(({ id, name }) => known.get(id) !== name))
    throw new FlashcaseError('FC_CHANGED_MEANWHILE', {
      what: 'Decks below this one were renamed meanwhile: nothing was changed',
      hint: 'Do it again.',
    });
  return [first, ...held.filter((one) => one !== first)];
}

/** What is below keeps its own levels, as they are written. */
function movedName({ levels }: PlacedDeck, from: string, to: string): string {
  const moved = [...levelsOf(to), ...levels.slice(levelsOf(from).length)];
  const name = moved.join(LEVEL_SEPARATOR);
  // `Law:` before `::Torts` is read as `Law` before `:Torts`.
  if (pathOf(levelsOf(name)) !== pathOf(moved))
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: 'The name of a deck with others below it does not end with a colon',
      why: 'Whatever is below a deck is renamed with it.',
      hint: 'Choose another name.',
    });
  if ([...name].length > MAX_NAME)
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: `“${levels.join(LEVEL_SEPARATOR)}” is below this deck, and its name would be longer than ${MAX_NAME} characters`,
      why: 'Whatever is below a deck is renamed with it.',
      hint: 'Give this deck a shorter name, or that one first.',
    });
  return name;
}

function refuseClash(own: readonly PlacedDeck[], names: ReadonlyMap<bigint, string>): void {
  const taken = new Map(own.filter(({ id }) => !names.has(id)).map((one) => [one.path, one.name]));
  for (const name of names.values()) {
    const other = taken.get(pathOf(levelsOf(name)));
    if (other !== undefined)
      throw new FlashcaseError('FC_CONFLICT', {
        what: `You have a deck called “${other}” already`,
        why: 'Whatever is below a deck is renamed with it, and the decks of both could not be told apart any more.',
        hint: 'Choose another name, or rename that deck first.',
      });
  }
}
