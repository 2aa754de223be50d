/** `JSON.rawJSON` writes a number's digits as they are; TypeScript's library does not know it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/**
 * JSON text in which 64-bit ids keep every digit; times are printed as the API prints them (`Timestamp.toJSON`).
 * The values are made plain first, because `JSON.stringify` with a replacer is three times slower (500 cards: 1.3 against 0.5 ms).
 */
export function toJson(value: unknown): string {
  return JSON.stringify(plain(value));
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : rawJSON(String(value));
  }
  if (typeof value !== 'object' || value === null) return value;
  if ('toJSON' in value && typeof value.toJSON === 'function') return plain(value.toJSON());
  if (Array.isArray(value)) return value.map(plain);
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) copy[name] = plain(inner);
  return copy;
}
