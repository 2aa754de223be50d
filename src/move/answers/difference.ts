/** What is compared of an answer. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  /** Those that say something about the data: where the next page begins. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Longer values are cut: they are cards of users. */
const SHOWN = 200;

const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
};

/** Where two answers first differ, and what each says there; `undefined` for the same, byte by byte. */
export function answerDifference(
  a: Answer,
  b: Answer,
): { readonly where: string; readonly a: string; readonly b: string } | undefined {
  if (a.status !== b.status) return { where: 'status', a: String(a.status), b: String(b.status) };
  for (const name of new Set([...Object.keys(a.headers), ...Object.keys(b.headers)]))
    if (a.headers[name] !== b.headers[name]) return { where: name, a: shown(a.headers[name]), b: shown(b.headers[name]) };
  if (a.body === b.body) return undefined;
  const [left, right] = [parsed(a.body), parsed(b.body)];
  const where = firstDifference(left, right, '');
  // The same values in other words: the order of keys, the form of a number.
  if (where === undefined) return { where: 'the text of the body', a: shown(a.body), b: shown(b.body) };
  return { where: where === '' ? '/' : where, a: shown(at(left, where)), b: shown(at(right, where)) };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** A JSON pointer (RFC 6901). */
function firstDifference(a: unknown, b: unknown, pointer: string): string | undefined {
  if (Object.is(a, b)) return undefined;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null || Array.isArray(a) !== Array.isArray(b))
    return pointer;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const inner = firstDifference(
      (a as Record<string, unknown>)[key],
      (b as Record<string, unknown>)[key],
      `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
    );
    if (inner !== undefined) return inner;
  }
  return undefined;
}

const at = (value: unknown, pointer: string): unknown =>
  pointer
    .split('/')
    .slice(1)
    .reduce(
      (inner, key) => (inner as Record<string, unknown> | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')],
      value,
    );
