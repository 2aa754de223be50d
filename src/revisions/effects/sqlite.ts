import { type Statement, statementsOf } from '../../engine/sql/statements.ts';
import { TokenReader } from '../../engine/sql/token-reader.ts';
import type { Action } from '../compile/action.ts';
import { type Effect, effectOfAll, NO_EFFECT } from './effect.ts';

/** What each action does on SQLite: every one of them keeps other writers out of the whole file; readers go on in the WAL. */
export function effectsOnSqlite(actions: readonly Action[]): Effect[] {
  return actions.map((action) => {
    if (action.kind === 'rebuild')
      return { ...FILE, rewrites: [action.from.name], scans: [action.from.name], indexes: [action.to.name] };
    return { ...effectOfAll(statementsOf(action.sql, 'sqlite').map(effectOf)), locksFile: true };
  });
}

const FILE: Effect = { ...NO_EFFECT, locksFile: true };

function effectOf(statement: Statement): Effect {
  const reader = new TokenReader(statement.tokens);
  if (reader.take('ALTER', 'TABLE')) {
    const table = reader.takeName() ?? '';
    if (reader.take('ADD', 'CONSTRAINT') || reader.has('SET', 'NOT', 'NULL')) return { ...FILE, scans: [table] };
    if (reader.take('DROP', 'CONSTRAINT')) return FILE;
    // Every row is written without the column.
    if (reader.take('DROP')) return { ...FILE, rewrites: [table], scans: [table] };
    // The rows that are there are held to the check of a new column at once.
    if (reader.take('ADD')) return reader.has('CHECK') ? { ...FILE, scans: [table] } : FILE;
    return reader.take('RENAME') || reader.take('ALTER') ? FILE : { ...FILE, isKnown: false };
  }
  if (reader.take('CREATE')) {
    reader.take('UNIQUE');
    if (reader.take('INDEX')) {
      reader.take('IF', 'NOT', 'EXISTS');
      reader.takeName();
      reader.take('ON');
      const table = reader.takeName() ?? '';
      return { ...FILE, scans: [table], indexes: [table] };
    }
    return FILE;
  }
  if (reader.take('UPDATE') || reader.take('DELETE', 'FROM')) {
    reader.take('OR');
    const table = reader.takeName() ?? '';
    return { ...FILE, changes: [table] };
  }
  if (reader.takeOne('DROP', 'INSERT', 'REPLACE', 'SELECT', 'WITH', 'PRAGMA') !== undefined) return FILE;
  return { ...FILE, isKnown: false };
}
