import { type Dialect, type Token, tokensOf } from './tokens.ts';

/** One statement of a text. */
export interface Statement {
  /** From its first token to its last, without the semicolon and without comments before it. */
  readonly text: string;
  /**
   * What the statement itself says: without comments, and without what it only stores for later: the statements of a trigger, the body of
   * a function. (A body in a string literal is one token.)
   */
  readonly tokens: readonly Token[];
}

/**
 * Splits a text into its statements as the engine does: a semicolon in a literal, a comment, parentheses, a trigger's `BEGIN … END` or a
 * function's `BEGIN ATOMIC … END` ends none.
 */
export function statementsOf(sql: string, dialect: Dialect): Statement[] {
  const statements: Statement[] = [];
  let current: Token[] = [];
  const close = (): void => {
    const [first] = current;
    const last = current.at(-1);
    if (first !== undefined && last !== undefined)
      statements.push({ text: sql.slice(first.start, last.end), tokens: withoutBody(current) });
    current = [];
  };
  let parentheses = 0;
  let isInBody = false;
  for (const token of tokensOf(sql, dialect)) {
    if (token.value === '(') parentheses++;
    else if (token.value === ')') parentheses = Math.max(0, parentheses - 1);
    else if (token.kind === 'word') {
      if (isInBody) isInBody = !closesBody(current, token);
      else isInBody = opensBody(current, token);
    }
    if (token.value !== ';' || parentheses > 0 || isInBody) current.push(token);
    else close();
  }
  close();
  return statements;
}

/** True for the word that begins what a statement stores for later. */
function opensBody(before: readonly Token[], token: Token): boolean {
  if (before[0]?.value !== 'CREATE') return false;
  const isIn = (...kinds: readonly string[]): boolean => before.slice(1, 5).some((entry) => kinds.includes(entry.value));
  return (
    (token.value === 'BEGIN' && isIn('TRIGGER')) ||
    (token.value === 'ATOMIC' && before.at(-1)?.value === 'BEGIN' && isIn('FUNCTION', 'PROCEDURE'))
  );
}

/** Each statement of a body ends with a semicolon, its last one too: any other END is a CASE's, or a column's name. */
function closesBody(before: readonly Token[], token: Token): boolean {
  const last = before.at(-1)?.value;
  return token.value === 'END' && (last === ';' || last === 'ATOMIC');
}

function withoutBody(tokens: readonly Token[]): readonly Token[] {
  const body = tokens.findIndex((token, i) => token.kind === 'word' && opensBody(tokens.slice(0, i), token));
  return body < 0 ? tokens : tokens.slice(0, body);
}
