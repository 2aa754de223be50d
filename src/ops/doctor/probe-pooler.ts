import { randomBytes } from '../../db/random.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import type { PostgresConnection } from '../../engine/postgres/connection.ts';
import type { Finding } from './judge-server.ts';

const backendOf = async (connection: Connection): Promise<unknown> =>
  (await connection.query('SELECT pg_backend_pid() AS v'))[0]?.v;

/**
 * True where the pooler keeps statements prepared by name itself, under names of its own: the server does not know ours then. Where it passes them through
 * the server does, and ours is taken away again in the same transaction.
 */
async function keepsPrepared(connection: Connection): Promise<boolean> {
  const name = `flashcase_doctor_${randomBytes(6).toString('hex')}`;
  const { client } = connection as PostgresConnection;
  await connection.script('BEGIN');
  try {
    await client.query({ name, text: 'SELECT $1::integer AS v', values: [1] });
    return await connection.script(`DEALLOCATE ${name}`).then(
      () => false,
      () => true,
    );
  } finally {
    await connection.script('ROLLBACK');
  }
}

/**
 * Finds out how the pooler lends connections: while one session rests between two transactions, another one gets the server's connection that it just used
 * (transaction mode), or cannot (session mode).
 */
export async function probePooler(engine: Engine): Promise<Finding[]> {
  return engine.dedicated((first) =>
    engine.dedicated(async (second) => {
      const isKept = await keepsPrepared(first);
      const before = await backendOf(first);
      const isShared = (await backendOf(second)) === before;
      if (!isShared)
        return [
          {
            check: 'pooler',
            level: 'advice',
            says: 'A pooler is between, and seems to keep a connection to the server for each of ours (session mode): it saves nothing.',
            next: 'Set pool_mode = transaction.',
          },
        ];
      const prepared = isKept ? 'It keeps prepared statements' : 'It keeps no prepared statements (max_prepared_statements = 0)';
      return [
        {
          check: 'pooler',
          level: 'good',
          says: `A pooler is between, in transaction mode. ${prepared}; FlashCase’s have no name, so either is well.`,
        },
      ];
    }),
  );
}
