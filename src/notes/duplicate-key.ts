import { createHash } from 'node:crypto';
import { textOfHtml } from './html.ts';
import type { NoteFormat } from './make-cards.ts';
import { htmlOfMarkdown } from './markdown.ts';

/**
 * What two notes have in common when their first fields say the same: capitals, spaces and formatting do not count. `null` for an empty
 * field, which repeats nothing. A hash: a field may be longer than what an index takes.
 */
export function duplicateKey(firstField: string, format: NoteFormat): string | null {
  const text = format === 'text' ? firstField : textOfHtml(format === 'html' ? firstField : htmlOfMarkdown(firstField));
  const plain = text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[\s\u00a0]+/g, ' ')
    .trim();
  return plain === '' ? null : createHash('sha256').update(plain).digest('hex').slice(0, 32);
}
