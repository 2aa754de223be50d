import type { Session } from '../db/database.ts';
import type { Card } from '../db/stores/cards.ts';
import type { NoteRow } from '../db/stores/notes.ts';
import { insertPart } from '../db/stores/operation-parts.ts';
import { recordOperation, setInverse } from '../db/stores/operations.ts';
import type { User } from '../db/stores/users.ts';
import type { Timestamp } from '../schema/index.ts';
import type { OperationName } from './operations.ts';
import { beyondRows } from './operations.ts';

export const IMPORT: OperationName = 'import_cards';

/** A row by its id, and the version that the import left. */
export type Left = readonly [id: string, version: string];

/** Columns of a note that an import changes, and of a card. */
const CHANGED_OF_NOTE = ['format', 'fields', 'elements', 'duplicate_key', 'updated_at'] as const;
const CHANGED_OF_CARD = ['front', 'back', 'front_html', 'back_html', 'answer', 'deleted_at', 'updated_at'] as const;

/** A row as it was before, its times as text. */
type Was = Readonly<Record<string, string | null>>;

/** What an import did to one note and its cards, or to one card that stands for itself: it is taken back whole or not at all. */
export interface ImportUnit {
  readonly note?: Left;
  /** Cards that it added. */
  readonly cards: readonly Left[];
  /** Of what was there before. */
  readonly before?: {
    readonly note?: Was;
    readonly tags?: readonly string[];
    readonly cards: readonly { readonly id: string; readonly left: string; readonly was: Was }[];
  };
}

/** What an import says of itself, beside its units. */
export interface ImportAbout {
  /** Its time, which every row of the log that it wrote carries. */
  readonly at: string;
  /** For people: what was read. */
  readonly format: string;
  readonly decks: readonly { readonly id: string; readonly left: string; readonly isNew: boolean }[];
  /** Note types that it made. */
  readonly types: readonly string[];
  readonly added: number;
  readonly updated: number;
}

const wasOf = (row: object, names: readonly string[]): Was =>
  Object.fromEntries(
    names.map((name) => {
      const value = (row as Record<string, string | null | Timestamp>)[name] ?? null;
      return [name, value === null || typeof value === 'string' ? value : value.text];
    }),
  );

/** A note before it was changed. */
export const noteBefore = (note: NoteRow): Was => wasOf(note, CHANGED_OF_NOTE);
/** A card before it was changed. */
export const cardBefore = (card: Card, left: Timestamp) => ({
  id: String(card.id),
  left: left.text,
  was: wasOf(card, CHANGED_OF_CARD),
});

/** Units of one piece, and characters, at most. */
const MOST_UNITS = 500;
const MOST_CHARACTERS = 4_000_000;

/** Notes down what an import does, in the unit of work that does it, so that it can be taken back (services/undo-import.ts). */
export class ImportJournal {
  readonly #session: Session;
  readonly #user: User;
  readonly #about: Omit<ImportAbout, 'added' | 'updated'>;
  #operation: bigint | undefined;
  #units: string[] = [];
  #length = 0;
  #parts = 0;

  constructor(session: Session, user: User, about: Omit<ImportAbout, 'added' | 'updated'>) {
    this.#session = session;
    this.#user = user;
    this.#about = about;
  }

  async #record(): Promise<bigint> {
    this.#operation ??= await recordOperation(this.#session, this.#user.id, IMPORT, BigInt(this.#about.decks[0]?.id ?? 0), {});
    return this.#operation;
  }

  async add(unit: ImportUnit): Promise<void> {
    const text = JSON.stringify(unit);
    this.#units.push(text);
    this.#length += text.length;
    if (this.#units.length >= MOST_UNITS || this.#length > MOST_CHARACTERS) await this.#writePart();
  }

  async #writePart(): Promise<void> {
    if (this.#units.length === 0) return;
    await insertPart(this.#session, await this.#record(), this.#parts++, `[${this.#units.join(',')}]`);
    this.#units = [];
    this.#length = 0;
  }

  /** Ends it. An import that changed nothing leaves nothing to take back. */
  async finish(counts: Pick<ImportAbout, 'added' | 'updated'>): Promise<void> {
    await this.#writePart();
    const hasMade = this.#parts > 0 || this.#about.types.length > 0 || this.#about.decks.some(({ isNew }) => isNew);
    if (!hasMade) return;
    await setInverse(this.#session, await this.#record(), beyondRows({ import: { ...this.#about, ...counts } }));
  }
}
