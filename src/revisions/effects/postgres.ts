import { ddl } from '../../engine/postgres/ddl.ts';
import type { Table } from '../../schema/table.ts';
import { Cursor, nameOf } from '../sql/cursor.ts';
import { type Statement, statementsOf } from '../sql/statements.ts';
import type { Token } from '../sql/tokens.ts';
import type { State } from '../state.ts';
import { type Effect, type LockMode, NO_EFFECT } from './effect.ts';
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
  return sql.map((text) => merged(statementsOf(text, 'postgres').map((statement) => effectOf(statement, state, known))));
}

function merged(effects: readonly Effect[]): Effect {
  return effects.reduce(
    (all, effect) => ({
      locks: { ...all.locks, ...effect.locks },
      locksFile: false,
      rewrites: [...all.rewrites, ...effect.rewrites],
      scans: [...all.scans, ...effect.scans],
      indexes: [...all.indexes, ...effect.indexes],
      changes: [...all.changes, ...effect.changes],
      isKnown: all.isKnown && effect.isKnown,
    }),
    NO_EFFECT,
  );
}

const locked = (locks: Readonly<Record<string, LockMode>>, more: Partial<Effect> = {}): Effect => ({
  ...NO_EFFECT,
  locks,
  ...more,
});

function effectOf(statement: Statement, state: State, known: Known): Effect {
  const cursor = new Cursor(statement);
  if (cursor.take('ALTER', 'TABLE')) return alterTable(cursor, state, known);
  if (cursor.take('ALTER', 'INDEX') || cursor.take('ALTER', 'SEQUENCE') || cursor.take('ALTER', 'TYPE')) return NO_EFFECT;
  if (cursor.take('CREATE')) return create(cursor, statement, state);
  if (cursor.take('DROP')) return drop(cursor, state);
  if (cursor.take('COMMENT', 'ON')) {
    cursor.takeOne('TABLE', 'COLUMN');
    const path = cursor
      .rest()
      .filter((token) => token.kind === 'identifier' || token.kind === 'word')
      .map(nameOf);
    const table = path.find((name) => name in state.tables);
    return table === undefined ? NO_EFFECT : locked({ [table]: 'ShareUpdateExclusiveLock' });
  }
  if (cursor.take('UPDATE') || cursor.take('DELETE', 'FROM')) {
    cursor.take('ONLY');
    const table = cursor.name() ?? '';
    return locked({ ...reads(cursor.rest(), state), [table]: 'RowExclusiveLock' }, { changes: [table] });
  }
  if (cursor.take('INSERT', 'INTO')) {
    const table = cursor.name() ?? '';
    return locked({
      ...reads(cursor.rest(), state),
      ...parents(state.tables[table], 'RowShareLock'),
      [table]: 'RowExclusiveLock',
    });
  }
  if (cursor.take('LOCK')) {
    cursor.take('TABLE');
    const table = cursor.name() ?? '';
    cursor.take('IN');
    return locked({ [table]: lockNamed(cursor.rest()) });
  }
  if (cursor.take('TRUNCATE')) {
    cursor.take('TABLE');
    const table = cursor.name() ?? '';
    return locked({ [table]: 'AccessExclusiveLock' }, { rewrites: [table], indexes: [table] });
  }
  if (cursor.take('SELECT') || cursor.take('WITH')) return locked(reads(cursor.rest(), state));
  if (cursor.take('SET') || cursor.take('RESET') || cursor.take('GRANT') || cursor.take('REVOKE')) return NO_EFFECT;
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
      (token, i) =>
        (token.kind === 'word' || token.kind === 'identifier') && tokens[i - 1]?.value !== '.' && isSource(tokens[i - 1]),
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

function create(cursor: Cursor, statement: Statement, state: State): Effect {
  cursor.take('OR', 'REPLACE');
  const isUnique = cursor.take('UNIQUE');
  if (cursor.take('INDEX')) {
    const isConcurrent = cursor.take('CONCURRENTLY');
    cursor.take('IF', 'NOT', 'EXISTS');
    if (!cursor.take('ON')) {
      cursor.name();
      cursor.take('ON');
    }
    cursor.take('ONLY');
    const table = cursor.name() ?? '';
    return locked({ [table]: isConcurrent ? 'ShareUpdateExclusiveLock' : 'ShareLock' }, { scans: [table], indexes: [table] });
  }
  if (isUnique) return { ...NO_EFFECT, isKnown: false };
  if (cursor.take('TABLE') || cursor.take('UNLOGGED', 'TABLE')) {
    const referenced = statement.tokens
      .filter((_, i) => statement.tokens[i - 1]?.value === 'REFERENCES')
      .map(nameOf)
      .filter((name) => name in state.tables);
    return locked(Object.fromEntries(referenced.map((name) => [name, 'ShareRowExclusiveLock'])));
  }
  if (cursor.take('TRIGGER')) {
    cursor.name();
    const tokens = cursor.rest();
    const on = tokens.findIndex((token) => token.value === 'ON');
    const table = tokens[on + 1];
    return locked({ [table === undefined ? '' : nameOf(table)]: 'ShareRowExclusiveLock' });
  }
  if (cursor.take('VIEW')) return locked(reads(cursor.rest(), state));
  if (cursor.takeOne('FUNCTION', 'PROCEDURE', 'SEQUENCE', 'TYPE', 'SCHEMA', 'EXTENSION', 'DOMAIN') !== undefined)
    return NO_EFFECT;
  return { ...NO_EFFECT, isKnown: false };
}

function drop(cursor: Cursor, state: State): Effect {
  if (cursor.take('INDEX')) {
    const isConcurrent = cursor.take('CONCURRENTLY');
    cursor.take('IF', 'EXISTS');
    const name = cursor.name();
    const owner = Object.values(state.tables).find((table) => table.indexes.some((index) => index.name === name));
    const mode = isConcurrent ? 'ShareUpdateExclusiveLock' : 'AccessExclusiveLock';
    return owner === undefined ? NO_EFFECT : locked({ [owner.name]: mode });
  }
  if (cursor.take('TABLE')) {
    cursor.take('IF', 'EXISTS');
    const name = cursor.name() ?? '';
    return locked({ ...parents(state.tables[name], 'AccessExclusiveLock'), [name]: 'AccessExclusiveLock' });
  }
  if (cursor.take('TRIGGER')) {
    cursor.take('IF', 'EXISTS');
    cursor.name();
    cursor.take('ON');
    return locked({ [cursor.name() ?? '']: 'AccessExclusiveLock' });
  }
  if (cursor.takeOne('VIEW', 'FUNCTION', 'PROCEDURE', 'SEQUENCE', 'TYPE') !== undefined) return NO_EFFECT;
  return { ...NO_EFFECT, isKnown: false };
}

function alterTable(cursor: Cursor, state: State, known: Known): Effect {
  cursor.take('IF', 'EXISTS');
  cursor.take('ONLY');
  const name = cursor.name() ?? '';
  const table = state.tables[name];
  const strongest = (more: Partial<Effect> = {}): Effect => locked({ [name]: 'AccessExclusiveLock' }, more);
  if (cursor.take('RENAME')) return strongest();
  if (cursor.take('VALIDATE', 'CONSTRAINT')) {
    const constraint = cursor.name() ?? '';
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
  if (cursor.take('DROP', 'CONSTRAINT')) {
    cursor.take('IF', 'EXISTS');
    const constraint = cursor.name();
    const key = table?.foreignKeys.find((entry) => entry.name === constraint);
    return key === undefined || key.references.table === name
      ? strongest()
      : locked({ [key.references.table]: 'AccessExclusiveLock', [name]: 'AccessExclusiveLock' });
  }
  if (cursor.take('DROP')) return strongest();
  if (cursor.take('ADD')) return add(cursor, name, known);
  if (cursor.take('ALTER')) {
    cursor.take('COLUMN');
    return alterColumn(cursor, name, table, known);
  }
  return { ...strongest(), isKnown: false };
}

function add(cursor: Cursor, table: string, known: Known): Effect {
  const strongest = (more: Partial<Effect> = {}): Effect => locked({ [table]: 'AccessExclusiveLock' }, more);
  const constraint = cursor.take('CONSTRAINT') ? (cursor.name() ?? '') : undefined;
  if (cursor.take('FOREIGN', 'KEY')) {
    const tokens = cursor.rest();
    const parentToken = tokens[tokens.findIndex((token) => token.value === 'REFERENCES') + 1];
    const parent = parentToken === undefined ? '' : nameOf(parentToken);
    const isProved = !cursor.has('NOT', 'VALID');
    if (!isProved) known.unproved.set(`fk ${constraint}`, parent);
    return locked({ [parent]: 'ShareRowExclusiveLock', [table]: 'ShareRowExclusiveLock' }, isProved ? { scans: [table] } : {});
  }
  if (cursor.take('CHECK')) {
    if (!cursor.has('NOT', 'VALID')) return strongest({ scans: [table] });
    const [, column, ...condition] = cursor.rest();
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
  if (cursor.take('UNIQUE') || cursor.take('PRIMARY', 'KEY') || cursor.take('EXCLUDE')) {
    return cursor.has('USING', 'INDEX') ? strongest() : strongest({ scans: [table], indexes: [table] });
  }
  cursor.take('COLUMN');
  cursor.take('IF', 'NOT', 'EXISTS');
  cursor.name();
  const definition = cursor.rest();
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

function alterColumn(cursor: Cursor, name: string, table: Table | undefined, known: Known): Effect {
  const column = cursor.name() ?? '';
  const strongest = (more: Partial<Effect> = {}): Effect => locked({ [name]: 'AccessExclusiveLock' }, more);
  if (cursor.take('SET', 'NOT', 'NULL')) return strongest(known.proved.has(`${name}.${column}`) ? {} : { scans: [name] });
  if (cursor.takeOne('TYPE') === undefined && !cursor.take('SET', 'DATA', 'TYPE')) return strongest();
  const rest = cursor.rest();
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
