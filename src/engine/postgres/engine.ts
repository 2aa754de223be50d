import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { FlashcaseError } from '../../errors/index.ts';
import { columnTypes } from '../../schema/table.ts';
import type { Connection, Engine, EngineOptions } from '../engine.ts';
import { capabilities } from './capabilities.ts';
import { cutOff, endClient, PostgresConnection } from './connection.ts';
import { ddl } from './ddl.ts';
import { SYNCED_COMMIT, SYNCED_COMMITS, UNSAFE_SETTINGS, weaknessOf } from './durable-commit.ts';
import { isConnectionLost, isNodeLost, mayRunAgain, translatePostgresError } from './errors.ts';
import { introspect } from './introspect.ts';
import { readVitals } from './vitals.ts';

/** Where Citus spreads tables over nodes: who has read by several connections to a node could not write a table that is everywhere (docs/gotchas.md). */
const ONE_CONNECTION_A_NODE = "SET LOCAL citus.multi_shard_modify_mode = 'sequential'; ";
/** True for a server that has loaded Citus, whatever it does in this database. */
const HAS_CITUS = "SELECT current_setting('citus.multi_shard_modify_mode', true) IS NOT NULL AS v";

/** A deadlocked transaction did nothing; three further tries have been enough for every load tried. */
const RUNS = 4;

export interface PoolSettings {
  /** Connections kept open. */
  readonly size: number;
  /** Connections beyond `size` opened under load and closed when given back. */
  readonly maxOverflow: number;
  /** How long a request waits for a connection. */
  readonly timeoutSeconds: number;
  /** A connection older than this is replaced when it is taken next; 0 or less: never. */
  readonly recycleSeconds: number;
  /** The client's own deadline of one statement; a late connection is destroyed, since the server may be unreachable (facts 1.5). */
  readonly statementSeconds: number;
}

export interface PostgresEngineOptions extends EngineOptions {
  readonly url: string;
  /** Without a pooler between, for revisions and moves; `url` when absent. */
  readonly directUrl?: string;
  readonly pool: PoolSettings;
}

/** Host, port and database of a URL, for people. */
export function locationOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${decodeURIComponent(hostname) || 'localhost'}:${port || '5432'}${decodeURIComponent(pathname)}`;
}

interface Pooled {
  readonly connection: PostgresConnection;
  readonly openedAt: number;
  /** What its writes begin with besides; asked at the first one, and good for as long as the connection is. */
  begins?: string;
}

/** Opens a PostgreSQL database through a pool with SQLAlchemy's settings. Connects at first use. */
export function openPostgres(options: PostgresEngineOptions): Engine {
  const types = columnTypes(options.schema);
  const where = locationOf(options.url);
  const { pool: settings } = options;
  const pool = new pg.Pool({
    connectionString: options.url,
    max: settings.size + settings.maxOverflow,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: settings.timeoutSeconds * 1000,
    query_timeout: settings.statementSeconds * 1000,
    keepAlive: true,
    application_name: 'flashcase',
    allowExitOnIdle: false,
  });
  // An idle connection that dies is removed by the pool; the next request opens a new one and reports its own error.
  pool.on('error', () => {});
  // A lent connection may die between two statements, when pg has nobody to tell: without a listener that would end the process.
  // The next statement on it reports the loss.
  pool.on('connect', (client) => client.on('error', () => {}));
  const known = new WeakMap<pg.PoolClient, Pooled>();

  async function take(): Promise<{ client: pg.PoolClient; pooled: Pooled }> {
    const asked = performance.now();
    for (;;) {
      let client: pg.PoolClient;
      try {
        client = await pool.connect();
      } catch (error) {
        options.onWait?.(performance.now() - asked);
        if (/timeout exceeded when trying to connect/.test((error as Error).message)) {
          throw new FlashcaseError('FC_DB_POOL_TIMEOUT', {
            what: `No database connection was free within ${settings.timeoutSeconds} s (${settings.size} + ${settings.maxOverflow} overflow).`,
            where,
            hint: 'Raise DB_POOL_SIZE or DB_MAX_OVERFLOW, or look for slow statements.',
            details: {
              poolSize: settings.size,
              maxOverflow: settings.maxOverflow,
              inUse: pool.totalCount - pool.idleCount,
              waiting: pool.waitingCount,
            },
            cause: error,
          });
        }
        throw translatePostgresError(error, where);
      }
      let pooled = known.get(client);
      if (pooled === undefined) {
        pooled = {
          connection: new PostgresConnection(client as unknown as pg.Client, where, types, options.onQuery),
          openedAt: performance.now(),
        };
        known.set(client, pooled);
      }
      const isOld = settings.recycleSeconds > 0 && performance.now() - pooled.openedAt > settings.recycleSeconds * 1000;
      if (!isOld) {
        options.onWait?.(performance.now() - asked);
        return { client, pooled };
      }
      client.release(true);
    }
  }

  /**
   * Gives a connection back; overflow, and one that may be broken, is closed. Overflow is what nobody waits for while `size` lie idle, as in
   * SQLAlchemy: closing by count alone would open a connection for nearly every request under load.
   */
  function giveBack(client: pg.PoolClient, error: unknown): void {
    const isBroken = error !== undefined && isConnectionLost((error as { cause?: unknown }).cause ?? error);
    client.release(isBroken || (pool.waitingCount === 0 && pool.idleCount >= settings.size));
  }

  async function transaction<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    const { client, pooled } = await take();
    const { connection } = pooled;
    let failure: unknown;
    let isCommitting = false;
    try {
      if (pooled.begins === undefined) {
        const [citus] = await connection.scriptRows(HAS_CITUS);
        pooled.begins = citus?.v === true ? ONE_CONNECTION_A_NODE : '';
      }
      const rows = await connection.scriptRows(`BEGIN; ${SYNCED_COMMIT}; ${pooled.begins}${options.guard?.sql ?? ''}`);
      options.guard?.check(rows);
      const value = await work(connection);
      isCommitting = true;
      await connection.script(`${options.guard?.ending?.(rows, connection) ?? ''}COMMIT`);
      return value;
    } catch (error) {
      failure = error;
      const cause = (error as { cause?: unknown }).cause ?? error;
      if (!isConnectionLost(cause)) await connection.script('ROLLBACK').catch((lost: unknown) => (failure = lost));
      // A node that is lost at that moment may have kept its part, and the coordinator finishes it later.
      if (isCommitting && (isConnectionLost(cause) || isNodeLost(cause))) {
        throw new FlashcaseError('FC_DB_WRITE_UNKNOWN', {
          what: 'The connection broke while the change was being committed: it may or may not have been kept.',
          where,
          hint: 'Send the same request again with the same Idempotency-Key.',
          cause: error,
        });
      }
      throw error;
    } finally {
      giveBack(client, failure);
    }
  }

  return {
    name: 'postgres',
    capabilities,
    ddl,
    introspect,
    location: where,

    async version() {
      const rows = await this.read((connection) => connection.query("SELECT current_setting('server_version') AS v"));
      return `PostgreSQL ${String(rows[0]?.v)}`;
    },

    async weaknesses() {
      const rows = await this.read((connection) => connection.query(UNSAFE_SETTINGS));
      return rows.map(({ setting }) => weaknessOf(String(setting)));
    },

    pool: () => ({
      limit: settings.size + settings.maxOverflow,
      inUse: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
    }),

    vitals: (connection) => readVitals(connection, options.schema),

    async read(work) {
      const { client, pooled } = await take();
      let failure: unknown;
      try {
        return await work(pooled.connection);
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        giveBack(client, failure);
      }
    },

    async write(work) {
      for (let run = 1; ; run++) {
        try {
          return await transaction(work);
        } catch (error) {
          if (run >= RUNS || !mayRunAgain((error as { cause?: unknown }).cause ?? error)) throw error;
          await delay(run * 10);
        }
      }
    },

    async dedicated(work, signal) {
      signal?.throwIfAborted();
      const url = options.directUrl ?? options.url;
      const client = new pg.Client({
        connectionString: url,
        application_name: 'flashcase',
        // A long statement says nothing for hours: only this notices that the server, or the network to it, is gone.
        keepAlive: true,
        keepAliveInitialDelayMillis: 10_000,
        connectionTimeoutMillis: settings.timeoutSeconds * 1000,
      });
      // Without a listener a lost connection would end the process; the running statement reports it.
      client.on('error', () => {});
      const cut = (): void => cutOff(client);
      signal?.addEventListener('abort', cut);
      try {
        await client.connect().catch((error: unknown) => {
          throw translatePostgresError(error, locationOf(url));
        });
        const connection = new PostgresConnection(client, locationOf(url), types, options.onQuery);
        await connection.script(SYNCED_COMMITS);
        return await work(connection);
      } finally {
        signal?.removeEventListener('abort', cut);
        await endClient(client);
      }
    },

    scratch(work) {
      return this.dedicated(async (connection) => {
        // The name is this session's alone: another session does not wait for the end of this transaction.
        const [row] = await connection.query("SELECT 'flashcase_scratch_' || pg_backend_pid() AS v");
        const name = ddl.quote(String(row?.v));
        await connection.script(`BEGIN; CREATE SCHEMA ${name}; SET LOCAL search_path TO ${name}`);
        try {
          return await work(connection);
        } finally {
          await connection.script('ROLLBACK').catch(() => {});
        }
      });
    },

    close: () => pool.end(),
  };
}
