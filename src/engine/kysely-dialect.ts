import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryCompiler,
  type QueryResult,
} from 'kysely';
import type { Row } from './engine.ts';

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
) {
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
  return new Kysely<Record<string, never>>({
    dialect: {
      createDriver: () => driver,
      createAdapter: () => dialect.createAdapter(),
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: () => dialect.createQueryCompiler(),
    },
  });
}
