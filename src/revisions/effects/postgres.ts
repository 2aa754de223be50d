import { ddl } from '../../engine/postgres/ddl.ts';
import { type Statement, statementsOf } from '../../engine/sql/statements.ts';
import { TokenReader } from '../../engine/sql/token-reader.ts';
import type { Token } from '../../engine/sql/tokens.ts';
import { nameOf } from '../../engine/sql/tokens.ts';
import type { Table } from '../../schema/table.ts';
import type { State } from '../state.ts';
import { type Effect, effectOfAll, type LockMode, NO_EFFECT } from './effect.ts';
import { typeChangeRewrites } from './type-change.ts';
import { isVolatile } from './volatile.ts';

/** What the statements before, committed or not, have made of the constraints. */
interface Known {
  /** Constraint to the column it says is not null; a check that is not proved yet. */
  readonly unproved: Map<string, string>;
  readonly proved: Set<string>;
}

/** The effect of each statement of a text on PostgreSQL. The statements follow each other: a proved check spares a later one its scan. */
export function effectsOnPostgres(sql: readonly string[], state: State): Effect[] {
  const known: Known = { unproved: new Map(), proved: new Set() };
  return sql.map((text) => effectOfAll(statementsOf(text, 'postgres').map((statement) => effectOf(statement, state, known))));
}

const locked = (locks: Readonly<Record<string, LockMode>>, more: Partial<Effect> = {}): Effect => ({
  ...NO_EFFECT,
  locks,
  ...more,
});

function effectOf(statement: Statement, state: State, known: Known): Effect {
  const reader = new TokenReader(statement.tokens);
  if (reader.take('ALTER', 'TABLE')) return alterTable(reader, state, known);
  if (reader.take('ALTER', 'INDEX') || reader.take('ALTER', 'SEQUENCE') || reader.take('ALTER', 'TYPE')) return NO_EFFECT;
  if (reader.take('CREATE')) return create(reader, statement, state);
  if (reader.take('DROP')) return drop(reader, state);
  if (reader.take('COMMENT', 'ON')) {
    reader.takeOne('TABLE', 'COLUMN');
    const path = reader
      .rest()
      .filter((token) => token.kind === 'quoted' || token.kind === 'word')
      .map(nameOf);
    const table = path.find((name) => name in state.tables);
    return table === undefined ? NO_EFFECT : locked({ [table]: 'ShareUpdateExclusiveLock' });
  }
  if (reader.take('UPDATE') || reader.take('DELETE', 'FROM')) {
    reader.take('ONLY');
    const table = reader.takeName() ?? '';
    return locked({ ...reads(reader.rest(), state), [table]: 'RowExclusiveLock' }, { changes: [table] });
  }
  if (reader.take('INSERT', 'INTO')) {
    const table = reader.takeName() ?? '';
    return locked({
      ...reads(reader.rest(), state),
      ...parents(state.tables[table], 'RowShareLock'),
      [table]: 'RowExclusiveLock',
    });
  }
  if (reader.take('LOCK')) {
    reader.take('TABLE');
    const table = reader.takeName() ?? '';
    reader.take('IN');
    return locked({ [table]: lockNamed(reader.rest()) });
  }
  if (reader.take('TRUNCATE')) {
    reader.take('TABLE');
    const table = reader.takeName() ?? '';
    return locked({ [table]: 'AccessExclusiveLock' }, { rewrites: [table], indexes: [table] });
  }
  if (reader.take('SELECT') || reader.take('WITH')) return locked(reads(reader.rest(), state));
  if (reader.take('SET') || reader.take('RESET') || reader.take('GRANT') || reader.take('REVOKE')) return NO_EFFECT;
  return { ...NO_EFFECT, isKnown: false };
}

function lockNamed(tokens: readonly Token[]): LockMode {
  const words = tokens.map((token) => token.value);
  const name = words.slice(0, words.indexOf('MODE') < 0 ? undefined : words.indexOf('MODE'));
  return `${name.map((word) => word[0] + word.slice(1).toLowerCase()).join('') || 'AccessExclusive'}Lock` as LockMode;
}

/** Tables that are read, weakly locked. */
function reads(tokens: readonly Token[], state: State): Record<string, LockMode> {
  const named = tokens
    .filter(
      (token, i) => (token.kind === 'word' || token.kind === 'quoted') && tokens[i - 1]?.value !== '.' && isSource(tokens[i - 1]),
    )
    .map(nameOf);
  return Object.fromEntries(named.filter((name) => name in state.tables).map((name) => [name, 'AccessShareLock']));
}

const isSource = (before: Token | undefined): boolean =>
  before !== undefined && ['FROM', 'JOIN', 'USING', ','].includes(before.value);

/** The tables a table's foreign keys point at, itself left out. */
function parents(table: Table | undefined, mode: LockMode): Record<string, LockMode> {
  const names = (table?.foreignKeys ?? []).map((key) => key.references.table).filter((name) => name !== table?.name);
  return Object.fromEntries(names.map((name) => [name, mode]));
}

function create(reader: TokenReader, statement: Statement, state: State): Effect {
  reader.take('OR', 'REPLACE');
  const isUnique = reader.take('UNIQUE');
  if (reader.take('INDEX')) {
    const isConcurrent = reader.take('CONCURRENTLY');
    reader.take('IF', 'NOT', 'EXISTS');
    if (!reader.take('ON')) {
      reader.takeName();
      reader.take('ON');
    }
    reader.take('ONLY');
    const table = reader.takeName() ?? '';
    return locked({ [table]: isConcurrent ? 'ShareUpdateExclusiveLock' : 'ShareLock' }, { scans: [table], indexes: [table] });
  }
  if (isUnique) return { ...NO_EFFECT, isKnown: false };
  if (reader.take('TABLE') || reader.take('UNLOGGED', 'TABLE')) {
    const referenced = statement.tokens
      .filter((_, i) => statement.tokens[i - 1]?.value === 'REFERENCES')
      .map(nameOf)
      .filter((name) => name in state.tables);
    return locked(Object.fromEntries(referenced.map((name) => [name, 'ShareRowExclusiveLock'])));
  }
  if (reader.take('TRIGGER')) {
    reader.takeName();
    const tokens = reader.rest();
    const on = tokens.findIndex((token) => token.value === 'ON');
    const table = tokens[on + 1];
    return locked({ [table === undefined ? '' : nameOf(table)]: 'ShareRowExclusiveLock' });
  }
  if (reader.take('VIEW')) return locked(reads(reader.rest(), state));
  if (reader.takeOne('FUNCTION', 'PROCEDURE', 'SEQUENCE', 'TYPE', 'SCHEMA', 'EXTENSION', 'DOMAIN') !== undefined)
    return NO_EFFECT;
  return { ...NO_EFFECT, isKnown: false };
}

function drop(reader: TokenReader, state: State): Effect {
  if (reader.take('INDEX')) {
    const isConcurrent = reader.take('CONCURRENTLY');
    reader.take('IF', 'EXISTS');
    const name = reader.takeName();
    const owner = Object.values(state.tables).find((table) => table.indexes.some((index) => index.name === name));
    const mode = isConcurrent ? 'ShareUpdateExclusiveLock' : 'AccessExclusiveLock';
    return owner === undefined ? NO_EFFECT : locked({ [owner.name]: mode });
  }
  if (reader.take('TABLE')) {
    reader.take('IF', 'EXISTS');
    const name = reader.takeName() ?? '';
    return locked({ ...parents(state.tables[name], 'AccessExclusiveLock'), [name]: 'AccessExclusiveLock' });
  }
  if (reader.take('TRIGGER')) {
    reader.take('IF', 'EXISTS');
    reader.takeName();
    reader.take('ON');
    return locked({ [reader.takeName() ?? '']: 'AccessExclusiveLock' });
  }
  if (reader.take('VIEW')) {
    reader.take('IF', 'EXISTS');
    return locked({ [reader.takeName() ?? '']: 'AccessExclusiveLock' });
  }
  if (reader.takeOne('FUNCTION', 'PROCEDURE', 'SEQUENCE', 'TYPE') !== undefined) return NO_EFFECT;
  return { ...NO_EFFECT, isKnown: false };
}

function alterTable(reader: TokenReader, state: State, known: Known): Effect {
  reader.take('IF', 'EXISTS');
  reader.take('ONLY');
  const name = reader.takeName() ?? '';
  const table = state.tables[name];
  const strongest = (more: Partial<Effect> = {}): Effect => locked({ [name]: 'AccessExclusiveLock' }, more);
  if (reader.take('RENAME')) return strongest();
  if (reader.take('VALIDATE', 'CONSTRAINT')) {
    const constraint = reader.takeName() ?? '';
    const column = known.unproved.get(constraint);
    if (column !== undefined) known.proved.add(`${name}.${column}`);
    const key = table?.foreignKeys.find((entry) => entry.name === constraint);
    const parent = key ?? known.unproved.get(`fk ${constraint}`);
    const parentName = typeof parent === 'string' ? parent : parent?.references.table;
    const isOther = parentName !== undefined && parentName !== name;
    return locked(
      { ...(isOther ? { [parentName]: 'RowShareLock' as const } : {}), [name]: 'ShareUpdateExclusiveLock' },
      { scans: [name] },
    );
  }
  if (reader.take('DROP', 'CONSTRAINT')) {
    reader.take('IF', 'EXISTS');
    const constraint = reader.takeName();
    const key = table?.foreignKeys.find((entry) => entry.name === constraint);
    return key === undefined || key.references.table === name
      ? strongest()
      : locked({ [key.references.table]: 'AccessExclusiveLock', [name]: 'AccessExclusiveLock' });
  }
  if (reader.take('DROP')) return strongest();
  if (reader.take('ADD')) return add(reader, name, known);
  if (reader.take('ALTER')) {
    reader.take('COLUMN');
    return alterColumn(reader, name, table, known);
  }
  return { ...strongest(), isKnown: false };
}

function add(reader: TokenReader, table: string, known: Known): Effect {
  const strongest = (more: Partial<Effect> = {}): Effect => locked({ [table]: 'AccessExclusiveLock' }, more);
  const constraint = reader.take('CONSTRAINT') ? (reader.takeName() ?? '') : undefined;
  if (reader.take('FOREIGN', 'KEY')) {
    const tokens = reader.rest();
    const parentToken = tokens[tokens.findIndex((token) => token.value === 'REFERENCES') + 1];
    const parent = parentToken === undefined ? '' : nameOf(parentToken);
    const isProved = !reader.has('NOT', 'VALID');
    if (!isProved) known.unproved.set(`fk ${constraint}`, parent);
    return locked({ [parent]: 'ShareRowExclusiveLock', [table]: 'ShareRowExclusiveLock' }, isProved ? { scans: [table] } : {});
  }
  if (reader.take('CHECK')) {
    if (!reader.has('NOT', 'VALID')) return strongest({ scans: [table] });
    const [, column, ...condition] = reader.rest();
    if (
      constraint !== undefined &&
      column !== undefined &&
      condition
        .slice(0, 4)
        .map((token) => token.value)
        .join(' ') === 'IS NOT NULL )'
    )
      known.unproved.set(constraint, nameOf(column));
    return strongest();
  }
  if (reader.take('UNIQUE') || reader.take('PRIMARY', 'KEY') || reader.take('EXCLUDE')) {
    return reader.has('USING', 'INDEX') ? strongest() : strongest({ scans: [table], indexes: [table] });
  }
  reader.take('COLUMN');
  reader.take('IF', 'NOT', 'EXISTS');
  reader.takeName();
  const definition = reader.rest();
  const at = (word: string): number => definition.findIndex((token) => token.kind === 'word' && token.value === word);
  const isSerial = /^(?:SMALL|BIG)?SERIAL$/.test(definition[0]?.value ?? '');
  const isComputed = at('STORED') >= 0 && at('GENERATED') >= 0;
  const isIdentity = at('IDENTITY') >= 0 && at('GENERATED') >= 0;
  const defaultAt = at('DEFAULT');
  const hasNewValues = defaultAt >= 0 && !isIdentity && isVolatile(expressionAt(definition, defaultAt + 1));
  if (isSerial || isComputed || isIdentity || hasNewValues)
    return strongest({ rewrites: [table], scans: [table], indexes: [table] });
  const parent = at('REFERENCES') < 0 ? undefined : definition[at('REFERENCES') + 1];
  return locked(
    { ...(parent === undefined ? {} : { [nameOf(parent)]: 'ShareRowExclusiveLock' }), [table]: 'AccessExclusiveLock' },
    // Without a default nothing in the new column can break the reference.
    at('CHECK') >= 0 || (parent !== undefined && defaultAt >= 0) ? { scans: [table] } : {},
  );
}

/** The default's own tokens: the definition goes on with the next clause. */
function expressionAt(definition: readonly Token[], start: number): readonly Token[] {
  let depth = 0;
  const end = definition.findIndex((token, i) => {
    if (token.value === '(') depth++;
    else if (token.value === ')') depth--;
    return (
      i >= start &&
      depth === 0 &&
      token.kind === 'word' &&
      ['CONSTRAINT', 'CHECK', 'NOT', 'NULL', 'REFERENCES', 'UNIQUE'].includes(token.value)
    );
  });
  return definition.slice(start, end < 0 ? undefined : end);
}

function alterColumn(reader: TokenReader, name: string, table: Table | undefined, known: Known): Effect {
  const column = reader.takeName() ?? '';
  const strongest = (more: Partial<Effect> = {}): Effect => locked({ [name]: 'AccessExclusiveLock' }, more);
  if (reader.take('SET', 'NOT', 'NULL')) return strongest(known.proved.has(`${name}.${column}`) ? {} : { scans: [name] });
  if (reader.takeOne('TYPE') === undefined && !reader.take('SET', 'DATA', 'TYPE')) return strongest();
  const rest = reader.rest();
  const using = rest.findIndex((token) => token.value === 'USING');
  const to = (using < 0 ? rest : rest.slice(0, using)).map((token) => token.text).join(' ');
  const from = table?.columns[column] === undefined ? undefined : ddl.columnType(table, column);
  // Nothing is known of the time zone a revision runs in.
  const isRewritten = using >= 0 || from === undefined || typeChangeRewrites(from, to, false);
  const keys = (table?.foreignKeys ?? []).filter((key) => key.columns.includes(column) && key.references.table !== name);
  return locked(
    {
      ...Object.fromEntries(keys.map((key) => [key.references.table, 'AccessExclusiveLock' as const])),
      [name]: 'AccessExclusiveLock',
    },
    isRewritten ? { rewrites: [name], scans: [name], indexes: [name] } : {},
  );
}
