import type { Connection } from '../../engine/engine.ts';
import type { PostgresConnection } from '../../engine/postgres/connection.ts';
import { openTarget } from '../target/connect.ts';

/** A connection kept open over several calls. */
export interface HeldConnection {
  readonly connection: PostgresConnection;
  /** Ends it; a statement that is running fails at once, and its transaction is rolled back by the server. */
  close(): Promise<void>;
}

/**
 * Opens a connection of its own to PostgreSQL; its commits wait for the disk.
 * @param signal cuts it off, also while it is opened.
 */
export async function holdConnection(url: string, signal?: AbortSignal): Promise<HeldConnection> {
  const engine = openTarget(url);
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let life: Promise<void> = Promise.resolve();
  try {
    const connection = await new Promise<Connection>((resolve, reject) => {
      life = engine.dedicated(async (lent) => {
        resolve(lent);
        await released;
      }, signal);
      life.catch(reject);
    });
    return {
      connection: connection as PostgresConnection,
      async close() {
        release();
        await life.catch(() => {});
        await engine.close();
      },
    };
  } catch (error) {
    await engine.close();
    throw error;
  }
}
