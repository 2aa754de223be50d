import { sizeWithLog } from '../../engine/sqlite/verified-copy.ts';
import { withPostgres } from '../../move/live/sides.ts';

/** Whether an address names an SQLite file. */
export const isFile = (url: string): boolean => url.startsWith('sqlite:');

/** What a database takes on the disk; an SQLite file with its log. @param url of PostgreSQL one without a pooler between */
export const diskBytes = async (url: string): Promise<number> =>
  isFile(url)
    ? sizeWithLog(url.slice('sqlite:///'.length))
    : withPostgres(url, async (postgres) => {
        const [row] = await postgres.query('SELECT pg_database_size(current_database())::text AS m_bytes');
        return Number(row?.m_bytes);
      });
