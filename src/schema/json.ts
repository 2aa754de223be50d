/** `JSON.rawJSON` writes a number's digits as they are; TypeScript's library does not know it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

/** JSON text in which 64-bit ids keep every digit; times are printed as the API prints them (`Timestamp.toJSON`). */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? rawJSON(String(inner)) : inner));
}
