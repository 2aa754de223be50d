import type { Action } from '../compile/action.ts';
import { Cursor } from '../sql/cursor.ts';
import { type Statement, statementsOf } from '../sql/statements.ts';
import { type Effect, NO_EFFECT } from './effect.ts';

/** What each action does on SQLite: every one of them keeps other writers out of the whole file; readers go on in the WAL. */
export function effectsOnSqlite(actions: readonly Action[]): Effect[] {
  return actions.map((action) => {
    if (action.kind === 'rebuild')
      return { ...FILE, rewrites: [action.from.name], scans: [action.from.name], indexes: [action.to.name] };
    return statementsOf(action.sql, 'sqlite')
      .map(effectOf)
      .reduce(
        (all, effect) => ({
          ...FILE,
          rewrites: [...all.rewrites, ...effect.rewrites],
          scans: [...all.scans, ...effect.scans],
          indexes: [...all.indexes, ...effect.indexes],
          changes: [...all.changes, ...effect.changes],
          isKnown: all.isKnown && effect.isKnown,
        }),
        FILE,
      );
  });
}

const FILE: Effect = { ...NO_EFFECT, locksFile: true };

function effectOf(statement: Statement): Effect {
  const cursor = new Cursor(statement);
  if (cursor.take('ALTER', 'TABLE')) {
    const table = cursor.name() ?? '';
    if (cursor.take('ADD', 'CONSTRAINT') || cursor.has('SET', 'NOT', 'NULL')) return { ...FILE, scans: [table] };
    if (cursor.take('DROP', 'CONSTRAINT')) return FILE;
    // Every row is written without the column.
    if (cursor.take('DROP')) return { ...FILE, rewrites: [table], scans: [table] };
    // The rows that are there are held to the check of a new column at once.
    if (cursor.take('ADD')) return cursor.has('CHECK') ? { ...FILE, scans: [table] } : FILE;
    return cursor.take('RENAME') || cursor.take('ALTER') ? FILE : { ...FILE, isKnown: false };
  }
  if (cursor.take('CREATE')) {
    cursor.take('UNIQUE');
    if (cursor.take('INDEX')) {
      cursor.take('IF', 'NOT', 'EXISTS');
      cursor.name();
      cursor.take('ON');
      const table = cursor.name() ?? '';
      return { ...FILE, scans: [table], indexes: [table] };
    }
    return FILE;
  }
  if (cursor.take('UPDATE') || cursor.take('DELETE', 'FROM')) {
    cursor.take('OR');
    const table = cursor.name() ?? '';
    return { ...FILE, changes: [table] };
  }
  if (cursor.takeOne('DROP', 'INSERT', 'REPLACE', 'SELECT', 'WITH', 'PRAGMA') !== undefined) return FILE;
  return { ...FILE, isKnown: false };
}
