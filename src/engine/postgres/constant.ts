const CAST = /^(.*?)(?:::[a-z ]+(?:\(\d+(?:,\d+)?\))?)+$/s;

/**
 * A default as the model writes it, when PostgreSQL's text of it is a constant: it adds casts (`'x'::text`, `'-1'::integer`).
 * `undefined` for an expression.
 */
export function constantOf(text: string): string | undefined {
  const isCast = CAST.test(text);
  const bare = text.replace(CAST, '$1').replace(/^\((-?[\d.]+)\)$/, '$1');
  if (/^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(bare) || bare === 'true' || bare === 'false') return bare;
  const string = /^(E?)'((?:[^']|'')*)'$/s.exec(bare);
  if (string === null) return undefined;
  const inner = string[1] === 'E' ? (string[2] as string).replaceAll('\\\\', '\\') : (string[2] as string);
  const isNumber =
    isCast && !/::(?:text|character|json|bytea|uuid|timestamp|date|interval)/.test(text) && /^-?\d+(?:\.\d+)?$/.test(inner);
  return isNumber ? inner : `'${inner.replaceAll('\n', '\\n')}'`;
}
