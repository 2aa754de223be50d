import { ddl, sequenceName } from '../../engine/postgres/ddl.ts';
import { statementsOf } from '../../engine/sql/statements.ts';
import { TokenReader } from '../../engine/sql/token-reader.ts';
import { nameOf } from '../../engine/sql/tokens.ts';
import type { State } from '../state.ts';

/**
 * What follows statements that give generated ids themselves. SQLite goes on behind the highest id of a table; a sequence of PostgreSQL
 * knows nothing of an id it did not hand out, and the next insert would get one that is taken (facts F55).
 */
export function idsGoOn(texts: readonly string[], before: State): string[] {
  const { quote, literal } = ddl;
  const given = new Map<string, string>();
  for (const { tokens } of texts.flatMap((text) => statementsOf(text, 'postgres'))) {
    for (let i = 0; i < tokens.length; i++) {
      const reader = new TokenReader(tokens.slice(i));
      if (!reader.take('INSERT', 'INTO')) continue;
      const table = before.tables[reader.takeName() ?? ''];
      const id = Object.entries(table?.columns ?? {}).find(([, column]) => column.isGenerated)?.[0];
      if (table === undefined || id === undefined) continue;
      if (reader.take('AS')) reader.takeName();
      // Without a list of columns, or with `(SELECT …)`, every column gets a value.
      const list = reader.takeParenthesis()?.map(nameOf);
      if (list === undefined ? !reader.is('DEFAULT', 'VALUES') : list.includes(id) || list[0] === 'select')
        given.set(table.name, id);
    }
  }
  return [...given].map(([name, id]) => {
    const sequence = quote(sequenceName({ name }, id));
    return `SELECT setval(${literal(sequence)}, max(${quote(id)})) FROM ${quote(name)} HAVING max(${quote(id)}) >= (SELECT last_value FROM ${sequence})`;
  });
}
