/** Text that is HTML already. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const asText = (value: unknown): string => {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(asText).join('');
  return value === undefined || value === null ? '' : String(value).replace(/[&<>"']/g, (c) => ESCAPES[c] as string);
};

/** A piece of a page: what is put in is escaped unless it is `Html`; lists are joined, `undefined` is nothing. */
export const html = (parts: TemplateStringsArray, ...values: readonly unknown[]): Html =>
  new Html(parts.map((part, i) => part + (i < values.length ? asText(values[i]) : '')).join(''));
