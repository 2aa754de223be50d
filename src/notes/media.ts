/**
 * Pictures and sounds in the texts of notes. A note names what it shows by the hash of its content, in an address of this server: the
 * text alone says what it needs, wherever it is copied to. Other programs have file names there.
 */

/** Bytes of one file, at most. */
export const MOST_MEDIA_BYTES = 16 * 1024 * 1024;

/** Where this server gives a file of media. */
export const MEDIA_PATH = '/api/v1/media/';
const HASH = '[0-9a-f]{64}';

export const mediaAddress = (sha256: string): string => `${MEDIA_PATH}${sha256}`;

/** The hashes that a text names. */
export function mediaIn(text: string): Set<string> {
  if (!text.includes(MEDIA_PATH)) return new Set();
  return new Set([...text.matchAll(new RegExp(`${MEDIA_PATH}(${HASH})(?![0-9a-f])`, 'g'))].map(([, hash]) => hash as string));
}

/** A tag with a `src`, whatever quotes it has; a sound as Anki writes it. */
const SOURCE = /(<(?:img|audio|source)\b[^<>]*?\ssrc\s*=\s*)(?:"([^"<>]*)"|'([^'<>]*)'|([^\s<>"']+))/gi;
const SOUND = /\[sound:([^\][<>]{1,255})\]/g;

const CHARACTERS: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  '#39': "'",
  apos: "'",
  nbsp: '\u00a0',
};
const plain = (text: string): string =>
  text.replaceAll(/&(amp|lt|gt|quot|#39|apos|nbsp);/g, (_, name: string) => CHARACTERS[name] as string);
const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Names as files have them: some programs write them as addresses. */
function fileName(given: string): string {
  const name = plain(given);
  if (!/%[0-9a-f]{2}/i.test(name)) return name.normalize('NFC');
  try {
    return decodeURIComponent(name).normalize('NFC');
  } catch {
    return name.normalize('NFC');
  }
}

const isElsewhere = (name: string): boolean => name === '' || /^(?:[a-z][a-z0-9+.-]*:|\/)/i.test(name);

/** How a file is called where HTML says so: as it stands there, or as an address is read. */
const readings = (given: string): readonly string[] => [...new Set([plain(given).normalize('NFC'), fileName(given)])];

/** The files that HTML of another program names, each as it may be meant. */
export function mediaNamesIn(html: string): (readonly string[])[] {
  if (!/\[sound:|\ssrc/i.test(html)) return [];
  const given = [
    ...[...html.matchAll(SOURCE)].map(([, , double, single, bare]) => double ?? single ?? bare ?? ''),
    ...[...html.matchAll(SOUND)].map(([, name]) => name as string),
  ];
  return given.filter((name) => !isElsewhere(name)).map(readings);
}

/** Writes addresses where HTML of another program has names of files. @param hashOf of a file that is kept, by its name */
export function withMediaAddresses(html: string, hashOf: (name: string) => string | undefined): string {
  if (!/\[sound:|\ssrc/i.test(html)) return html;
  const kept = (given: string): string | undefined => {
    for (const name of readings(given)) {
      const hash = hashOf(name);
      if (hash !== undefined) return hash;
    }
    return undefined;
  };
  return html
    .replaceAll(SOURCE, (whole, before: string, double?: string, single?: string, bare?: string) => {
      const given = double ?? single ?? bare ?? '';
      const hash = isElsewhere(given) ? undefined : kept(given);
      return hash === undefined ? whole : `${before}"${mediaAddress(hash)}"`;
    })
    .replaceAll(SOUND, (whole, name: string) => {
      const hash = kept(name);
      if (hash === undefined) return whole;
      // Named for who cannot see it, and for lists: two notes of a sound each are not the same.
      return `<audio controls src="${mediaAddress(hash)}" title="${escaped(readings(name).at(-1) as string)}"></audio>`;
    });
}

/** Writes names of files where HTML has addresses of this server, for other programs. @param nameOf a file's name by its hash */
export function withMediaNames(html: string, nameOf: (sha256: string) => string | undefined): string {
  if (!html.includes(MEDIA_PATH)) return html;
  return html
    .replaceAll(new RegExp(`<audio\\b[^<>]*\\ssrc="${MEDIA_PATH}(${HASH})"[^<>]*>(?:</audio>)?`, 'g'), (whole, hash: string) => {
      const name = nameOf(hash);
      return name === undefined ? whole : `[sound:${name}]`;
    })
    .replaceAll(new RegExp(`(\\ssrc=)"${MEDIA_PATH}(${HASH})"`, 'g'), (whole, before: string, hash: string) => {
      const name = nameOf(hash);
      return name === undefined ? whole : `${before}"${escaped(name)}"`;
    });
}
