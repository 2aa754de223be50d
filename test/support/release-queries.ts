import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Connection, Engine } from '../../src/engine/engine.ts';
import { statementsOf } from '../../src/engine/sql/statements.ts';
import { FlashcaseError } from '../../src/errors/index.ts';

const kept = resolve(fileURLToPath(import.meta.url), '../../fixtures/releases');

/** The newest release whose queries are kept. */
export function newestRelease(): string {
  const releases = readdirSync(kept, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const newest = releases
    .map(({ name }) => name)
    .toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1);
  if (newest === undefined) throw new Error('no release is kept in test/fixtures/releases');
  return newest;
}

/** What a release asks an engine. */
export function queriesOf(release: string, engine: Engine['name']): string[] {
  return statementsOf(readFileSync(join(kept, release, `queries.${engine}.sql`), 'utf8'), engine).map(({ text }) => text);
}

/** The queries that this database does not understand, each with what it says; nothing is run. */
export async function refusedQueries(connection: Connection, engine: Engine, queries: readonly string[]): Promise<string[]> {
  const refused: string[] = [];
  for (const query of queries) {
    try {
      if (engine.capabilities.isLocalFile) await connection.query(`EXPLAIN ${query}`);
      else await connection.script(`PREPARE of_a_release AS ${query}; DEALLOCATE of_a_release`);
    } catch (error) {
      if (!(error instanceof FlashcaseError)) throw error;
      refused.push(`${query}: ${error.why ?? error.message}`);
    }
  }
  return refused;
}
