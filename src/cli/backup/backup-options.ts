import { hostname } from 'node:os';
import { systemClock } from '../../db/clock.ts';
import type { Settings } from '../../db/settings.ts';
import type { BackupOptions } from '../../ops/backup/options.ts';
import { project } from '../../versions/project.ts';
import { OWN_TABLES } from '../move/live-options.ts';
import { ownVersion } from '../version.ts';

/** What backups are told for these settings. @param say a line about what goes on. */
export function backupOptions(settings: Settings, say: (line: string) => void): BackupOptions {
  const { backup, database, directUrl } = settings;
  return {
    backup,
    database,
    directUrl,
    project,
    ownTables: OWN_TABLES,
    clock: systemClock(),
    madeBy: { flashcase: ownVersion(), node: process.versions.node, host: hostname() },
    say,
  };
}
