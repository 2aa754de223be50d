import { makeZip, type ZipFile } from './make-zip.ts';

/**
 * Files of Mochi for tests, written from what is known of the format: this shares nothing with what reads them, and no Mochi has seen them.
 */

export type Given =
  | null
  | boolean
  | number
  | string
  | Date
  | { readonly keyword: string }
  | readonly Given[]
  | { readonly set: readonly Given[] }
  | GivenMap;
export interface GivenMap {
  readonly map: Readonly<Record<string, Given>>;
}

export const isList = (value: Given): value is readonly Given[] => Array.isArray(value);
export const keyword = (name: string) => ({ keyword: name });
export const set = (...values: Given[]) => ({ set: values });
export const map = (values: Readonly<Record<string, Given>>): GivenMap => ({ map: values });

/** As Clojure prints it. */
export function edn(value: Given): string {
  if (value === null) return 'nil';
  if (typeof value === 'string')
    return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n').replaceAll('\t', '\\t')}"`;
  if (typeof value !== 'object') return String(value);
  if (value instanceof Date) return `#inst "${value.toISOString()}"`;
  if (isList(value)) return `[${value.map(edn).join(' ')}]`;
  if ('keyword' in value) return `:${value.keyword}`;
  if ('set' in value) return `#{${value.set.map(edn).join(' ')}}`;
  return `{${Object.entries(value.map)
    .map(([name, one]) => `:${name} ${edn(one)}`)
    .join(', ')}}`;
}

const marked = (text: string): string => (/^[~^`]/.test(text) ? `~${text}` : text);

/** Transit as verbose JSON: objects with `~:` before their names. */
export function verbose(value: Given): unknown {
  if (typeof value === 'string') return marked(value);
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return { '~#dt': value.getTime() };
  if (isList(value)) return value.map(verbose);
  if ('keyword' in value) return `~:${value.keyword}`;
  if ('set' in value) return { '~#set': value.set.map(verbose) };
  return Object.fromEntries(Object.entries(value.map).map(([name, one]) => [`~:${name}`, verbose(one)]));
}

/** Transit as it is packed: maps as lists, names that come again by their place. */
export function packed(value: Given): unknown {
  const places = new Map<string, string>();
  const name = (text: string): string => {
    const known = places.get(text);
    if (known !== undefined) return known;
    if (text.length > 3) {
      // Starts anew when all places of two digits are taken.
      if (places.size === 44 * 44) places.clear();
      const at = places.size;
      const digit = (one: number): string => String.fromCharCode(48 + one);
      places.set(text, at < 44 ? `^${digit(at)}` : `^${digit(Math.floor(at / 44))}${digit(at % 44)}`);
    }
    return text;
  };
  const pack = (one: Given): unknown => {
    if (typeof one === 'string') return marked(one);
    if (one === null || typeof one !== 'object') return one;
    if (one instanceof Date) return `~m${one.getTime()}`;
    if (isList(one)) return one.map(pack);
    if ('keyword' in one) return name(`~:${one.keyword}`);
    if ('set' in one) return [name('~#set'), one.set.map(pack)];
    return ['^ ', ...Object.entries(one.map).flatMap(([key, inner]) => [name(`~:${key}`), pack(inner)])];
  };
  return pack(value);
}

/** A whole file in each of the forms that are known. */
export const FORMS = {
  EDN: (data: Given): ZipFile => ({ name: 'data.edn', data: edn(data), isDeflated: true }),
  Transit: (data: Given): ZipFile => ({ name: 'data.json', data: JSON.stringify(verbose(data)), isDeflated: true }),
  'packed Transit': (data: Given): ZipFile => ({ name: 'data.json', data: JSON.stringify(packed(data)), isDeflated: true }),
} as const;

export const mochiFile = (data: ZipFile, media: readonly ZipFile[] = []): Buffer => makeZip([data, ...media]);
