import { createHash } from 'node:crypto';

/**
 * The normal form of a schema on one engine: sorted lines, one fact a line (`"card" column "deck_id" INTEGER not null`), with every
 * expression between « and ». Read back from the database it is the same text while nothing is changed by hand. The order of columns is
 * no fact: it differs between a database that grew and a fresh one (facts F56).
 */
export type SchemaForm = readonly string[];

/** Names what a fingerprint was made of: one made another way says nothing about this form. */
export const FINGERPRINT_ALGORITHM = 'sha256-lines-2';

/** Hash of a form, kept in the ledger: drift is found by one introspection. */
export function fingerprint(form: SchemaForm): string {
  return createHash('sha256').update(form.join('\n')).digest('hex');
}

/** Stands for an expression that an engine keeps in its own words, in a form that was not read from it. */
export const ANY_EXPRESSION = '«…»';

const EXPRESSION = /«(?:[^»]|»»)*»/g;

/** An expression as part of a line. Line ends become `\n`, so that a fact stays one line. */
export function expression(text: string): string {
  const line = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `«${line.replaceAll('»', '»»')}»`;
}

/** The expressions of a line, as they were given to `expression`. */
export function expressionsOf(line: string): string[] {
  const written: Record<string, string> = { n: '\n', r: '\r', '\\': '\\' };
  return (line.match(EXPRESSION) ?? []).map((found) =>
    found
      .slice(1, -1)
      .replaceAll('»»', '»')
      .replaceAll(/\\(.)/g, (_, letter: string) => written[letter] ?? letter),
  );
}

/** A line without the words of its expressions. */
export function outlineOf(line: string): string {
  return line.replaceAll(EXPRESSION, ANY_EXPRESSION);
}

export interface Difference {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
}

/** What the actual form lacks and what it has too much; both empty when they are equal. An expected «…» is any expression. */
export function differenceOf(expected: SchemaForm, actual: SchemaForm): Difference {
  const wanted = new Set(expected);
  const found = new Set(actual.flatMap((line) => [line, outlineOf(line)]));
  return {
    missing: expected.filter((line) => !found.has(line)),
    unexpected: actual.filter((line) => !wanted.has(line) && !wanted.has(outlineOf(line))),
  };
}

export const isNoDifference = ({ missing, unexpected }: Difference): boolean => missing.length + unexpected.length === 0;

/** As many lines of either side are told; a database of somebody else has hundreds. */
const TOLD = 20;

/** A difference for people. Where it is long, the first lines of either side and how many more there are. */
export function describeDifference({ missing, unexpected }: Difference): string {
  const told = (sign: string, lines: readonly string[]): string[] => [
    ...lines.slice(0, TOLD).map((line) => `${sign} ${line}`),
    ...(lines.length > TOLD ? [`${sign} … and ${lines.length - TOLD} more (all of them with --json)`] : []),
  ];
  return [...told('-', missing), ...told('+', unexpected)].join('\n');
}

/** What one line is about. Two lines about the same thing are two versions of it. */
export interface Fact {
  /** The table or view; absent for what belongs to none. */
  readonly table?: string;
  /** `table`, `column`, `index`, `unique index`, `foreign key`, `check`, `trigger`, `view`, … */
  readonly kind: string;
  readonly name?: string;
  /** The line without the table's name. */
  readonly words: string;
}

const NAME = '"((?:[^"]|"")*)"';
const KINDS = [
  ...['table', 'virtual table', 'materialized view', 'view', 'column', 'primary key', 'unique index', 'unique', 'index'],
  ...['foreign key', 'check', 'exclusion', 'trigger', 'comment on', 'comment', 'sequence', 'enum', 'domain'],
];
const FACT = new RegExp(`^(?:${NAME} )?(${KINDS.join('|')})(?: ${NAME})?`);

/** Reads what a line says about what. */
export function factOf(line: string): Fact {
  const [, table, kind = line, name] = FACT.exec(line) ?? [];
  const plain = (quoted: string): string => quoted.replaceAll('""', '"');
  return {
    ...(table === undefined ? {} : { table: plain(table) }),
    kind,
    ...(name === undefined ? {} : { name: plain(name) }),
    words: table === undefined ? line : line.slice(table.length + 3),
  };
}

/** Optional parts of a line, each with the space before it. */
const words = (...parts: readonly (string | undefined | false)[]): string =>
  parts.map((part) => (part === undefined || part === false || part === '' ? '' : ` ${part}`)).join('');

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const listed = (names: readonly string[]): string => `(${names.map(quoted).join(', ')})`;

export interface ColumnFacts {
  readonly type: string;
  readonly isRequired?: boolean;
  /** The engine hands out its values. */
  readonly isGenerated?: boolean;
  readonly default?: string;
  readonly computed?: string;
  /** Everything else, in words. */
  readonly more?: string;
}

export interface IndexFacts {
  readonly isUnique: boolean;
  /** Quoted names and expressions, with their order. */
  readonly parts: readonly string[];
  readonly where?: string;
  readonly more?: string;
}

export interface ForeignKeyFacts {
  readonly name?: string;
  readonly columns: readonly string[];
  readonly table: string;
  /** Absent: the primary key of the table. */
  readonly to?: readonly string[];
  readonly onDelete?: string;
  readonly onUpdate?: string;
  readonly more?: string;
}

/** The lines about one table, in the one spelling both engines share. */
export function linesAbout(table: string) {
  const say = (fact: string): string => `${quoted(table)} ${fact}`;
  const named = (name: string | undefined): string => (name === undefined ? '' : ` ${quoted(name)}`);
  return {
    table: (...flags: readonly string[]) => say(`table${words(...flags)}`),
    column: (name: string, facts: ColumnFacts) =>
      say(
        `column ${quoted(name)} ${facts.type}${words(
          facts.isRequired === true && 'not null',
          facts.isGenerated === true && 'generated',
          facts.default !== undefined && `default ${facts.default}`,
          facts.computed !== undefined && `computed ${facts.computed}`,
          facts.more,
        )}`,
      ),
    primaryKey: (name: string | undefined, list: string, more?: string) => say(`primary key${named(name)} ${list}${words(more)}`),
    unique: (name: string | undefined, list: string, more?: string) => say(`unique${named(name)} ${list}${words(more)}`),
    index: (name: string, { isUnique, parts, where, more }: IndexFacts) =>
      say(
        `${isUnique ? 'unique ' : ''}index ${quoted(name)} (${parts.join(', ')})${words(where !== undefined && `where ${where}`, more)}`,
      ),
    foreignKey: ({ name, columns, table: parent, to, onDelete, onUpdate, more }: ForeignKeyFacts) =>
      say(
        `foreign key${named(name)} ${listed(columns)} to ${quoted(parent)}${words(
          to !== undefined && listed(to),
          onDelete !== undefined && `on delete ${onDelete}`,
          onUpdate !== undefined && `on update ${onUpdate}`,
          more,
        )}`,
      ),
    check: (name: string | undefined, condition: string, more?: string) => say(`check${named(name)} ${condition}${words(more)}`),
    trigger: (name: string, text: string, more?: string) => say(`trigger ${quoted(name)} ${text}${words(more)}`),
    view: (text: string, kind = 'view') => say(`${kind} ${text}`),
    comment: (text: string, column?: string) =>
      say(`comment${column === undefined ? '' : ` on ${quoted(column)}`} ${expression(text)}`),
    sequence: (name: string, type: string, column: string, more?: string) =>
      say(`sequence ${quoted(name)} ${type} for ${quoted(column)}${words(more)}`),
    virtual: (text: string) => say(`virtual table ${text}`),
  };
}
