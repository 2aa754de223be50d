import { globSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import { hotQueries } from '../src/db/precompiled.ts';
import { kyselyOn } from '../src/engine/kysely-dialect.ts';
import { capabilities as postgres } from '../src/engine/postgres/capabilities.ts';
import { capabilities as sqlite } from '../src/engine/sqlite/capabilities.ts';
import type { FlashcaseTables } from '../src/schema/flashcase.ts';

const root = resolve(fileURLToPath(import.meta.url), '../..');
const nothing = { run: async () => ({ rows: [], changes: 0 }) };

const engines = [
  [
    'sqlite',
    sqlite,
    kyselyOn(nothing, {
      createAdapter: () => new SqliteAdapter(),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    }),
  ],
  [
    'postgres',
    postgres,
    kyselyOn(nothing, {
      createAdapter: () => new PostgresAdapter(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    }),
  ],
] as const;

/** Engine to the texts of all hot queries: what a server of this version asks a database that a newer version may have changed. */
export async function queryLists(): Promise<Map<string, string>> {
  for (const store of globSync('src/db/stores/*.ts', { cwd: root }).toSorted())
    await import(pathToFileURL(join(root, store)).href);
  return new Map(
    engines.map(([name, capabilities, kysely]) => {
      const texts = hotQueries.map(({ text }) => text(kysely as unknown as Kysely<FlashcaseTables>, capabilities));
      const lines = [...new Set(texts)].toSorted().map((text) => `${text};\n`);
      return [
        name,
        `-- The hot queries of this version on ${name}: npm run generate. Each release keeps a copy in test/fixtures/releases.\n${lines.join('')}`,
      ];
    }),
  );
}
