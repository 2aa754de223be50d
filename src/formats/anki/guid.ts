import { createHash } from 'node:crypto';
import { stripHtml } from '../html.ts';

const BASE91 = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&()*+,-./:;<=>?@[]^_`{|}~';

/** A note's id in Anki's form, always the same for the same origin: exported twice, a note is still one note. */
export function guidOf(origin: string): string {
  let number = createHash('sha256').update(origin).digest().readBigUInt64BE();
  let guid = '';
  while (number > 0n) {
    guid = BASE91[Number(number % 91n)] + guid;
    number /= 91n;
  }
  return guid === '' ? 'a' : guid;
}

/** What Anki finds duplicates by: four bytes of the SHA-1 of a note's first field without HTML. */
export function checksum(firstField: string): number {
  return createHash('sha1').update(stripHtml(firstField)).digest().readUInt32BE();
}
