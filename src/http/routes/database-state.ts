import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../../ops/metrics/metrics.ts';
import type { StateConsole } from '../../services/state-console.ts';
import * as schemas from '../database-state-schemas.ts';
import { adminTask } from '../route.ts';

/** The database, for administrators: what `flashcase monitor` shows. */
export async function databaseStateRoutes(
  app: FastifyInstance,
  { state, metrics }: { readonly state: StateConsole; readonly metrics: Metrics },
): Promise<void> {
  adminTask(
    app,
    {
      method: 'GET',
      url: '/admin/database',
      tag: 'admin',
      summary: 'How the database is: findings with advice, tables, statements, upkeep, backups',
      answer: schemas.databaseState,
    },
    () => state.look(metrics.server(app.database.engine)),
  );
}
