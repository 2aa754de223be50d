import { createHash } from 'node:crypto';

/** What of a note is shared: what its author wrote, and what it is made of. */
export interface SharedNote {
  /** Its type and how its fields are written, the same for equal ones whoever owns the type. */
  readonly shape: string;
  readonly fields: ReadonlyMap<string, string>;
  readonly tags: readonly string[];
  /** JSON: which card each line has. */
  readonly elements: string | null;
}

/** What was taken of a source, by hashes: enough to tell who changed what since. */
export interface Taken {
  readonly shape: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  readonly elements: string;
}

/** 96 bits: two texts that meet by chance are not to be feared, and nobody gains by two that meet on purpose. */
const hashOf = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 16);

export const takenOf = ({ shape, fields, tags, elements }: SharedNote): Taken => ({
  shape: hashOf(shape),
  fields: Object.fromEntries([...fields].map(([name, value]) => [name, hashOf(value)])),
  tags: [...tags],
  elements: hashOf(elements ?? ''),
});

/** One field in both versions; what is absent there is empty. */
export interface FieldPair {
  readonly name: string;
  readonly yours: string;
  readonly theirs: string;
}

export interface Merged {
  /** What the subscriber's note becomes. */
  readonly note: SharedNote;
  /** It becomes of the source's type and format. */
  readonly takesShape: boolean;
  /** What is taken from the source. */
  readonly changed: readonly FieldPair[];
  /** What both changed: it stays the subscriber's. */
  readonly kept: readonly FieldPair[];
  readonly tagsAdded: readonly string[];
  readonly tagsRemoved: readonly string[];
}

const EMPTY = hashOf('');

/**
 * Brings the source's changes into a subscriber's note, field by field: one that the subscriber changed stays, and is told where the source
 * has changed it too. Tags are added and taken away one by one. Another type of note is taken as a whole, or not at all.
 * @param preferTheirs fields to take though the subscriber changed them
 */
export function mergeNote(
  taken: Taken,
  yours: SharedNote,
  theirs: SharedNote,
  preferTheirs: ReadonlySet<string> = new Set(),
): Merged {
  const names = [...new Set([...theirs.fields.keys(), ...yours.fields.keys()])];
  const at = (note: SharedNote, name: string): string => note.fields.get(name) ?? '';
  const hashed = (name: string): string => taken.fields[name] ?? EMPTY;
  const isMine = (name: string): boolean => hashOf(at(yours, name)) !== hashed(name);
  const isTheirs = (name: string): boolean => hashOf(at(theirs, name)) !== hashed(name);
  const pair = (name: string): FieldPair => ({ name, yours: at(yours, name), theirs: at(theirs, name) });
  const differs = (name: string): boolean => at(yours, name) !== at(theirs, name);

  const tagsAdded = theirs.tags.filter((tag) => !taken.tags.includes(tag) && !yours.tags.includes(tag));
  const tagsRemoved = yours.tags.filter((tag) => taken.tags.includes(tag) && !theirs.tags.includes(tag));
  const tags = [...yours.tags.filter((tag) => !tagsRemoved.includes(tag)), ...tagsAdded];

  if (yours.shape !== theirs.shape) {
    const isEdited = hashOf(yours.shape) !== taken.shape || names.some(isMine);
    const pairs = names.filter(differs).map(pair);
    const isTaken = !isEdited || pairs.some(({ name }) => preferTheirs.has(name));
    // Where the source has another shape since long ago and nothing else is new, there is nothing to tell.
    const isNews = hashOf(theirs.shape) !== taken.shape || names.some(isTheirs);
    return {
      note: isTaken ? { ...theirs, tags } : { ...yours, tags },
      takesShape: isTaken,
      changed: isTaken ? pairs : [],
      kept: isTaken || !isNews ? [] : pairs,
      tagsAdded,
      tagsRemoved,
    };
  }
  const news = names.filter((name) => isTheirs(name) && differs(name));
  const isTaken = (name: string): boolean => !isMine(name) || preferTheirs.has(name);
  const changed = names.filter((name) => (news.includes(name) || preferTheirs.has(name)) && differs(name) && isTaken(name));
  const fields = new Map(yours.fields);
  for (const name of changed) fields.set(name, at(theirs, name));
  // Lines keep the cards that the source gives them, as long as both have counted them the same way.
  const isSame = names.every((name) => (fields.get(name) ?? '') === at(theirs, name));
  const isInStep = hashOf(yours.elements ?? '') === taken.elements;
  return {
    takesShape: false,
    note: { ...yours, fields, tags, elements: isSame && isInStep ? theirs.elements : yours.elements },
    changed: changed.map(pair),
    kept: news.filter((name) => !isTaken(name)).map(pair),
    tagsAdded,
    tagsRemoved,
  };
}

/** Fields that a subscriber changed since they were taken. */
export const editedFields = (taken: Taken, { fields }: SharedNote): string[] =>
  [...fields].filter(([name, value]) => hashOf(value) !== (taken.fields[name] ?? EMPTY)).map(([name]) => name);
