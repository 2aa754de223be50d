/** Tags of one note, and characters of one tag, at most. */
export const MAX_TAGS = 100;
export const MAX_TAG = 100;

/**
 * Tags as they are kept: no space (a tag is a word, `civ_pro::venue`), composed characters, each once whatever its capitals, in the order
 * they came. Empty ones are left out.
 */
export function cleanTags(tags: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const tag of tags) {
    const clean = tag
      .normalize('NFC')
      .trim()
      .replaceAll(/[\s\u00a0]+/g, '_');
    const key = clean.toLowerCase();
    if (clean !== '' && !found.has(key)) found.set(key, clean);
  }
  return [...found.values()];
}
