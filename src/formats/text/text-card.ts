/** A card of a text format, as plain text with line breaks. */
export interface TextCard {
  readonly front: string;
  readonly back: string;
  readonly tags: readonly string[];
  /** Where the file says so: names from the outermost deck inwards. */
  readonly deck?: readonly string[];
  readonly guid?: string;
  readonly schedule?: { readonly day: string; readonly intervalDays: number; readonly ease: number };
  /** Line of the text where it begins, from 1. */
  readonly line: number;
}

export interface TextProblem {
  readonly line: number;
  readonly what: string;
}

export interface TextCards {
  readonly cards: readonly TextCard[];
  readonly problems: readonly TextProblem[];
}

/** One kind of line break, and no byte order mark: a file may have come from any system. */
export function normalText(text: string): string {
  return text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .replaceAll('\0', '');
}
