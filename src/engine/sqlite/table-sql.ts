import { expression, type ForeignKeyFacts, linesAbout, quoted } from '../../schema/form.ts';
import { splitAtCommas, TokenReader } from '../sql/token-reader.ts';
import { type Token, tokensOf } from '../sql/tokens.ts';
import { textOf } from './spelling.ts';

interface ColumnText {
  readonly token: Token;
  readonly name: string;
  readonly type: string;
  isRequired: boolean;
  isGenerated: boolean;
  default?: readonly Token[];
  computed?: { readonly tokens: readonly Token[]; readonly isStored: boolean };
  /** What no other part says: conflict clauses, a collation, words of a newer SQLite. */
  readonly more: string[];
}

/** What a `CREATE TABLE` text says. */
interface TableText {
  readonly columns: ColumnText[];
  primaryKey?: { readonly name: string | undefined; readonly parts: readonly (readonly Token[])[]; readonly more: string };
  /** Lines of uniques, checks and foreign keys, made when all columns are known. */
  readonly constraints: ((names: ReadonlySet<string>) => string)[];
  readonly flags: string[];
}

/**
 * The facts that the text of a table says, as lines of the schema form. SQLite keeps this text as it was written and nothing else, so
 * nothing is lost on the way: words that this reader does not know stand in the line as they are.
 * `columns`: the names of the columns.
 */
export function tableLines(table: string, sql: string): { lines: string[]; columns: ReadonlySet<string> } {
  const about = linesAbout(table);
  const found = readTable(table, sql);
  const names = new Set(found.columns.map((column) => column.name));
  const { primaryKey } = found;
  const isKey = (name: string): boolean => primaryKey?.parts.some((part) => isSame(part[0]?.name ?? '', name)) === true;
  // A row id is never NULL, and neither is a key of these tables, whether the text says so or not (facts F49).
  const hasRequiredKey = found.flags.includes('strict') || found.flags.includes('without rowid');
  const isRowid = (column: ColumnText): boolean => column.type.toLowerCase() === 'integer' && primaryKey?.parts.length === 1;
  return {
    columns: names,
    lines: [
      about.table(...found.flags.toSorted()),
      ...found.columns.map((column) =>
        about.column(column.name, {
          type: column.type,
          isRequired: column.isRequired || (isKey(column.name) && (hasRequiredKey || isRowid(column))),
          isGenerated: column.isGenerated,
          ...(column.default === undefined ? {} : { default: defaultText(column.default) }),
          ...(column.computed === undefined
            ? {}
            : {
                computed: `${column.computed.isStored ? 'stored' : 'virtual'} ${expression(textOf(column.computed.tokens, names))}`,
              }),
          more: column.more.join(' '),
        }),
      ),
      ...(primaryKey === undefined
        ? []
        : [about.primaryKey(primaryKey.name, `(${partTexts(primaryKey.parts, names).join(', ')})`, primaryKey.more)]),
      ...found.constraints.map((line) => line(names)),
    ],
  };
}

/** SQLite compares names without regard to the case of their letters. */
const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

function readTable(table: string, sql: string): TableText {
  const reader = new TokenReader(tokensOf(sql, 'sqlite'));
  while (!reader.isAtEnd && !reader.is('(')) reader.next();
  const body = new TokenReader(reader.takeParenthesis() ?? []);
  const found: TableText = { columns: [], constraints: [], flags: [] };
  while (!body.isAtEnd) {
    if (body.take(',')) continue;
    if (['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN'].some((word) => body.is(word))) readConstraint(table, body, found);
    else readColumn(table, body, found);
  }
  for (const option of splitAtCommas(reader.rest())) if (option.length > 0) found.flags.push(textOf(option).toLowerCase());
  return found;
}

const ENDS_TYPE = 'CONSTRAINT PRIMARY NOT NULL UNIQUE CHECK DEFAULT COLLATE REFERENCES GENERATED AS , ('.split(' ');

function readColumn(table: string, reader: TokenReader, found: TableText): void {
  const token = reader.next() as Token;
  const words: string[] = [];
  while (!reader.isAtEnd && !ENDS_TYPE.some((word) => reader.is(word))) words.push(reader.next()?.name ?? '');
  const size = reader.takeParenthesis();
  const type = words.join(' ') + (size === undefined ? '' : `(${textOf(size)})`);
  const column: ColumnText = { token, name: token.name, type, isRequired: false, isGenerated: false, more: [] };
  found.columns.push(column);
  while (!reader.isAtEnd && !reader.is(',')) readConstraint(table, reader, found, column);
}

/** One constraint: of a column, or of the table where there is none. */
function readConstraint(table: string, reader: TokenReader, found: TableText, column?: ColumnText): void {
  const about = linesAbout(table);
  const name = reader.take('CONSTRAINT') ? reader.next()?.name : undefined;
  const keyParts = (): Token[][] => (column === undefined ? splitAtCommas(reader.takeParenthesis() ?? []) : [[column.token]]);
  if (reader.take('PRIMARY', 'KEY')) {
    const parts = keyParts();
    if (reader.take('DESC')) parts[0]?.push(...tokensOf('DESC', 'sqlite'));
    reader.take('ASC');
    const more = takeConflict(reader);
    if (column !== undefined) column.isGenerated = reader.take('AUTOINCREMENT');
    found.primaryKey = { name, parts, more };
  } else if (reader.take('UNIQUE')) {
    const parts = keyParts();
    const conflict = takeConflict(reader);
    found.constraints.push((names) => about.unique(name, `(${partTexts(parts, names).join(', ')})`, conflict));
  } else if (reader.take('CHECK')) {
    const condition = reader.takeParenthesis() ?? [];
    const conflict = takeConflict(reader);
    found.constraints.push((names) => about.check(name, expression(textOf(condition, names)), conflict));
  } else if (column !== undefined && reader.is('REFERENCES')) {
    const key = readReference(name, [column.name], reader);
    found.constraints.push(() => about.foreignKey(key));
  } else if (column === undefined && reader.take('FOREIGN', 'KEY')) {
    const from = keyParts().map((part) => part[0]?.name ?? '');
    const key = readReference(name, from, reader);
    found.constraints.push(() => about.foreignKey(key));
  } else if (column === undefined) {
    found.flags.push(reader.next()?.text ?? '');
  } else {
    readColumnPart(reader, column);
  }
}

function readColumnPart(reader: TokenReader, column: ColumnText): void {
  if (reader.take('NOT', 'NULL')) {
    column.isRequired = true;
    const conflict = takeConflict(reader);
    if (conflict !== '') column.more.push(`not null ${conflict}`);
  } else if (reader.take('NULL')) {
    takeConflict(reader);
  } else if (reader.take('DEFAULT')) {
    column.default = readDefault(reader);
  } else if (reader.take('COLLATE')) {
    column.more.push(`collate ${quoted(reader.next()?.name ?? '')}`);
  } else if (reader.take('GENERATED', 'ALWAYS', 'AS') || reader.take('AS')) {
    const tokens = reader.takeParenthesis() ?? [];
    column.computed = { tokens, isStored: reader.take('STORED') };
    reader.take('VIRTUAL');
  } else {
    column.more.push(reader.next()?.text ?? '');
  }
}

function readDefault(reader: TokenReader): Token[] {
  const inside = reader.takeParenthesis();
  if (inside !== undefined) return inside;
  const taken: Token[] = [];
  if (reader.is('+') || reader.is('-')) taken.push(reader.next() as Token);
  const value = reader.next();
  return value === undefined ? taken : [...taken, value];
}

/** A constant as the model would write it, anything else as an expression. */
function defaultText(tokens: readonly Token[]): string {
  const [first, second] = tokens;
  const isConstant = first?.kind === 'number' || (first?.kind === 'string' && !/[\n\r]/.test(first.text));
  if (tokens.length === 1 && isConstant) return first.text;
  if (tokens.length === 2 && first?.text === '-' && second?.kind === 'number') return `-${second.text}`;
  return expression(textOf(tokens));
}

function takeConflict(reader: TokenReader): string {
  return reader.take('ON', 'CONFLICT') ? `on conflict ${reader.next()?.text.toLowerCase() ?? ''}` : '';
}

function readReference(name: string | undefined, columns: readonly string[], reader: TokenReader): ForeignKeyFacts {
  reader.take('REFERENCES');
  const table = reader.next()?.name ?? '';
  const to = reader.takeParenthesis();
  const facts: { onDelete?: string; onUpdate?: string } = {};
  const more: string[] = [];
  for (;;) {
    if (reader.take('ON', 'DELETE')) {
      const action = readAction(reader);
      if (action !== 'no action') facts.onDelete = action;
    } else if (reader.take('ON', 'UPDATE')) {
      const action = readAction(reader);
      if (action !== 'no action') facts.onUpdate = action;
    } else if (reader.take('MATCH')) {
      more.push(`match ${reader.next()?.text.toLowerCase() ?? ''}`);
    } else if (reader.take('NOT', 'DEFERRABLE')) {
      if (reader.take('INITIALLY')) reader.next();
    } else if (reader.take('DEFERRABLE')) {
      more.push('deferrable');
      if (reader.take('INITIALLY', 'DEFERRED')) more.push('initially deferred');
      else reader.take('INITIALLY', 'IMMEDIATE');
    } else {
      break;
    }
  }
  return {
    ...(name === undefined ? {} : { name }),
    columns,
    table,
    ...(to === undefined ? {} : { to: splitAtCommas(to).map((part) => part[0]?.name ?? '') }),
    ...facts,
    more: more.join(' '),
  };
}

function readAction(reader: TokenReader): string {
  const first = reader.next()?.text.toLowerCase() ?? '';
  return first === 'set' || first === 'no' ? `${first} ${reader.next()?.text.toLowerCase() ?? ''}` : first;
}

/** The parts of a key or an index: a name or an expression, its collation and its order where they are said. */
export function partTexts(parts: readonly (readonly Token[])[], names: ReadonlySet<string>): string[] {
  const known = new Map([...names].map((name) => [name.toLowerCase(), name]));
  return parts.map((part) => {
    const rest = [...part];
    // One word alone is a name, whatever it says.
    const order = rest.length > 1 ? rest.at(-1)?.value : undefined;
    const isDescending = order === 'DESC';
    if (isDescending || order === 'ASC') rest.pop();
    const collation = rest.length > 2 && rest.at(-2)?.value === 'COLLATE' ? ` collate ${quoted(rest.at(-1)?.name ?? '')}` : '';
    if (collation !== '') rest.splice(-2);
    const column = rest.length === 1 ? known.get(rest[0]?.name.toLowerCase() ?? '') : undefined;
    const text = column === undefined ? expression(textOf(withoutParentheses(rest), names)) : quoted(column);
    return `${text}${collation}${isDescending ? ' desc' : ''}`;
  });
}

function withoutParentheses(tokens: readonly Token[]): readonly Token[] {
  const reader = new TokenReader(tokens);
  const inside = reader.takeParenthesis();
  return inside !== undefined && reader.isAtEnd ? inside : tokens;
}
