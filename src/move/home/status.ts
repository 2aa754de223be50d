import { HOME_RECORD } from '../../engine/schema-form.ts';
import { withPostgres } from '../live/sides.ts';
import { isTargetLocked } from '../target/connect.ts';
import { readHome } from './fence.ts';
import { publishedState } from './publish.ts';

/**
 * `making`: a command makes the file now. `interrupted`: its command is gone, and the file has no name yet. `named`: the file is the primary, and PostgreSQL
 * was not told yet. `home`: it is over. `lost`: the file had its name, and is not here.
 */
export type HomeStanding = 'making' | 'interrupted' | 'named' | 'home' | 'lost';

export interface HomeStatus {
  readonly runId: string;
  /** The SQLite file the data goes to, or went to. */
  readonly file: string;
  readonly standing: HomeStanding;
  /** Since when PostgreSQL refuses writes. */
  readonly closedAt: string;
}

/** Where an offline move home stands, as PostgreSQL and the place of its file tell; `undefined` where there is none. Changes nothing. */
export async function homeStatus(postgresUrl: string): Promise<HomeStatus | undefined> {
  return withPostgres(postgresUrl, async (postgres) => {
    const record = await readHome(postgres);
    if (record === undefined) return undefined;
    const { runId, file, state } = record;
    const [row] = await postgres.query(
      `SELECT to_char(fenced_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS') AS m_at FROM ${HOME_RECORD}`,
    );
    const found = state === 'fenced' ? 'no' : publishedState(file);
    const isRunning = await isTargetLocked(postgres);
    return { runId, file, standing: standingOf(state === 'published', found, isRunning), closedAt: row?.m_at as string };
  });
}

function standingOf(isOver: boolean, found: ReturnType<typeof publishedState>, isRunning: boolean): HomeStanding {
  if (found === 'yes') return isOver ? 'home' : 'named';
  // What is told apart here goes on differently: only a file that had its name may hold writes that PostgreSQL lacks.
  if (isOver || found === 'lost') return 'lost';
  return isRunning ? 'making' : 'interrupted';
}
