import { once } from 'node:events';
import { from as copyFrom } from 'pg-copy-streams';
import type { Connection } from '../../engine/engine.ts';
import { PostgresConnection } from '../../engine/postgres/connection.ts';
import { translatePostgresError } from '../../engine/postgres/errors.ts';
import { FlashcaseError } from '../../errors/index.ts';

export interface CopyStream {
  /** Resolves when the server takes more. A chunk must not be changed afterwards. */
  write(chunk: Uint8Array): Promise<void>;
  /** Ends the COPY; resolves with the rows the server took. */
  end(): Promise<number>;
  /** Makes the server give the COPY up. */
  abort(error: unknown): Promise<void>;
}

/** Starts a `COPY ... FROM STDIN` on an open connection. Errors name `where`. */
export function startCopy(connection: Connection, sql: string, where: string): CopyStream {
  if (!(connection instanceof PostgresConnection))
    throw new FlashcaseError('FC_INTERNAL', { what: 'COPY needs a PostgreSQL connection.' });
  const stream = connection.client.query(copyFrom(sql, { highWaterMark: 1 << 20 }));
  const failed = new Promise<never>((_, reject) => stream.once('error', (error) => reject(translatePostgresError(error, where))));
  // Every caller awaits `failed` by racing it; when none does, the next call reports it.
  failed.catch(() => {});
  return {
    async write(chunk) {
      if (!stream.write(chunk)) await Promise.race([once(stream, 'drain').catch(() => failed), failed]);
    },
    async end() {
      const finished = once(stream, 'finish').catch(() => failed);
      stream.end();
      await Promise.race([finished, failed]);
      return stream.rowCount ?? 0;
    },
    async abort(error) {
      const closed = once(stream, 'close').catch(() => {});
      stream.destroy(error instanceof Error ? error : new Error(String(error)));
      await Promise.race([closed, failed.catch(() => {})]);
    },
  };
}
