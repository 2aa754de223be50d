import type { Database } from '../../db/database.ts';
import { openDatabase } from '../../db/database.ts';
import { randomToken } from '../../db/random.ts';
import type { Settings } from '../../db/settings.ts';
import { listDecks } from '../../db/stores/decks.ts';
import { listUsers } from '../../db/stores/users.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { DrillOptions } from '../../ops/backup/drill/drill.ts';
import type { ClusterRestoreOptions } from '../../ops/physical/restore-cluster.ts';
import { authenticate, logIn, register, resetPassword } from '../../services/accounts.ts';
import { stateProblem } from '../../services/recompute.ts';
import { backupOptions } from './backup-options.ts';

const PAGE = 100;

/** The first user who may log in; in an installation without one, a new one. */
async function somebody(database: Database, password: string): Promise<string> {
  for (let after: bigint | undefined; ; ) {
    const page = await database.read((session) => listUsers(session, { after, limit: PAGE }));
    const found = page.find(({ is_active }) => is_active);
    if (found !== undefined) return found.username;
    after = page.at(-1)?.id;
    if (after !== undefined) continue;
    return (await register(database, { username: 'drill', email: 'drill@localhost', password })).username;
  }
}

/** In the scratch database: gives somebody a password, logs them in with it, and reads their decks with the token. */
async function logSomebodyIn(database: Database): Promise<string> {
  const password = randomToken(15);
  const username = await somebody(database, password);
  await resetPassword(database, username, password);
  const { token } = await logIn(database, { username, password, address: 'drill', kind: 'api', days: 1 });
  await database.read(async (session) => {
    const { user } = await authenticate(session, token);
    if (user.username !== username) throw new FlashcaseError('FC_INTERNAL', { what: 'Somebody else was logged in.' });
    await listDecks(session, user.id, {}, { after: undefined, limit: PAGE });
  });
  return username;
}

/** What restores and drills of physical backups are told for these settings. */
export function clusterOptions(settings: Settings, say: (line: string) => void): ClusterRestoreOptions {
  const options = backupOptions(settings, say);
  const openAt = (url: string): Database =>
    openDatabase({ ...settings, database: { engine: 'postgres', url }, directUrl: undefined }, options.clock);
  return { ...options, trial: { openAt, logIn: logSomebodyIn, stateProblem } };
}

/** What a drill is told for these settings. */
export function drillOptions(settings: Settings, say: (line: string) => void): DrillOptions {
  const options = backupOptions(settings, say);
  return {
    ...options,
    open: (file) => openDatabase({ ...settings, database: { engine: 'sqlite', file }, directUrl: undefined }, options.clock),
    logIn: logSomebodyIn,
    stateProblem,
  };
}
