import { createRequire } from 'node:module';
import type * as Library from 'kysely';
import type { CompiledQuery, DatabaseConnection, Dialect, Driver, Kysely, QueryCompiler, QueryResult } from 'kysely';
import type { Row } from './engine.ts';

/**
 * Kysely is 250 modules, half of the start of a command, and most commands ask no query of the application: it is loaded when the first
 * one does. A server, which needs it at once, imports it with its stores.
 */
export const kyselyLibrary = (): typeof Library => createRequire(import.meta.url)('kysely') as typeof Library;

/** What a physical connection offers Kysely. */
export interface QueryRunner {
  run(sql: string, parameters: readonly unknown[]): Promise<{ rows: Row[]; changes: number }>;
}

/**
 * Kysely bound to one open connection. Transactions are the session's affair: Kysely's own would bypass the write gate and the
 * shared commit, so they are refused.
 */
export function kyselyOn(
  runner: QueryRunner,
  dialect: Pick<Dialect, 'createAdapter' | 'createIntrospector'> & { createQueryCompiler(): QueryCompiler },
): Kysely<Record<string, never>> {
  const refuse = async (): Promise<never> => {
    throw new Error('transactions belong to the session: use database.write');
  };
  const connection: DatabaseConnection = {
    async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
      const { rows, changes } = await runner.run(query.sql, query.parameters);
      return { rows: rows as R[], numAffectedRows: BigInt(changes) };
    },
    // biome-ignore lint/correctness/useYield: streaming is not offered here; exports page by key.
    async *streamQuery(): AsyncIterableIterator<never> {
      throw new Error('streaming is not offered on a session');
    },
  };
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: async () => {},
    destroy: async () => {},
  };
  const library = kyselyLibrary();
  return new library.Kysely<Record<string, never>>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => dialect.createAdapter(),
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: () => dialect.createQueryCompiler(),
    },
  });
}
