/** The hard ones of names: quotes, dots, spaces, case, reserved words, comment signs, placeholders, 63 bytes, not ASCII. */
export const NAMES: readonly string[] = [
  '',
  'order',
  'Select',
  'a.b',
  'with space',
  'quo"te',
  "it's",
  'ünïcødé',
  '日本語の表',
  'UPPER_Case',
  'semi;colon',
  'per%cent',
  'back\\slash',
  '$1',
  '?',
  'new',
  'rowid',
  'table-dash',
  'a,b',
  '-- no comment',
  '/* neither',
  '(paren)',
  '😀',
  'n'.repeat(63),
  'é'.repeat(31),
  'constraint',
  'check (',
  '"x" text',
  "') OR 1",
  'column\tname',
];
/** Gives out names that differ from all before, whatever their case, cut to what PostgreSQL keeps. */
export class Names {
  readonly #taken = new Set<string>();
  take(plain: string, gene: number): string {
    const wanted = NAMES[gene] || plain;
    for (let n = 0; ; n++) {
      let found = n === 0 ? wanted : `${wanted}${n}`;
      if (Buffer.byteLength(found) > 63) found = `${n}${wanted}`;
      while (Buffer.byteLength(found) > 63) found = found.slice(0, -1);
      if (this.#taken.has(found.toLowerCase())) continue;
      this.#taken.add(found.toLowerCase());
      return found;
    }
  }
}
