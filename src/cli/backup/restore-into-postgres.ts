import { join } from 'node:path';
import { randomBytes } from '../../db/random.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { openSqlite } from '../../engine/sqlite/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { runMove } from '../../move/run/run-move.ts';
import { verifyMove } from '../../move/verify/verify-move.ts';
import { withDirectory } from '../../ops/backup/backup-folder.ts';
import type { Manifest } from '../../ops/backup/manifest.ts';
import type { BackupOptions } from '../../ops/backup/options.ts';
import { record } from '../../ops/backup/record.ts';
import { refuseOtherRows, standAlone } from '../../ops/backup/restore/stand-alone.ts';
import { type Unpack, unpackDatabase } from '../../ops/backup/restore/unpack-database.ts';
import { withScratch } from '../../ops/backup/scratch.ts';
import { upgrade } from '../../revisions/run.ts';

export interface RestoredIntoPostgres {
  readonly backup: string;
  readonly location: string;
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
}

/**
 * Restores a backup of either engine into an empty PostgreSQL database: it is unpacked and proved as a file, brought to today's schema, moved by the offline move, and compared row by
 * row. Throws `FC_MOVE_TARGET_UNFIT` for a database that is not empty, and what `unpackDatabase` throws.
 */
export function restoreIntoPostgres(
  wanted: Manifest,
  url: string,
  options: BackupOptions,
  unpack: Unpack = unpackDatabase,
): Promise<RestoredIntoPostgres> {
  const { backup, project, clock, say } = options;
  const { schema, revisions } = project;
  if (wanted.revision === undefined)
    throw new FlashcaseError('FC_ADOPTION_NEEDED', {
      what: `The backup ${wanted.name} is of a database of the original app.`,
      hint: 'Restore it into a file (--into FILE), adopt that (flashcase db adopt), then move it: flashcase move plan.',
    });
  return withDirectory(backup.directory, () =>
    withScratch(backup, async (folder) => {
      const sourceFile = join(folder, 'restored.db');
      const manifest = await unpack(wanted, sourceFile, options);
      await standAlone(sourceFile, (manifest.epoch ?? 0) + 1, `restore of ${manifest.name}`, options);
      refuseOtherRows(sourceFile, manifest, options);
      const engine = openSqlite({ schema, file: sourceFile });
      try {
        await upgrade({ engine, revisions, clock });
      } finally {
        await engine.close();
      }
      const events = { phase: (_: string, text: string) => say(text), expect() {}, rows() {}, bytes() {}, done() {}, note: say };
      const move = { schema, sourceFile, targetUrl: url, workFolder: join(folder, 'move'), events };
      await runMove({
        ...move,
        revisions,
        rules: undefined,
        rulesFile: join(folder, 'move.rules.yaml'),
        isStartingOver: false,
        clock,
        newId: () => randomBytes(4).toString('hex'),
      });
      const verdict = await verifyMove({ ...move, isParanoid: false });
      if (!verdict.isEqual)
        throw new FlashcaseError('FC_RESTORE_FAILED', {
          what: 'What is in PostgreSQL is not what the backup has.',
          where: locationOf(url),
          hint: 'Do not use that database. Drop it, make an empty one, and run the same command again; please report it.',
          details: { verdict },
        });
      record(backup.directory, { at: clock.now().text, kind: 'restore', backup: manifest.name, isGood: true });
      return {
        backup: manifest.name,
        location: locationOf(url),
        tables: verdict.tables.map(({ table, rows }) => ({ table, rows })),
      };
    }),
  );
}
