import { join } from 'node:path';
import { backupNamed, newestBackup } from '../../src/ops/backup/backup-folder.ts';
import { backupNow } from '../../src/ops/backup/make-backup.ts';
import { restoreInPlace } from '../../src/ops/backup/restore/restore-file.ts';
import { optionsFor } from './backups.ts';

/** Makes or restores a backup in a process of its own, that may kill itself at a named step: `backup-child.ts make|restore folder step [name]`. */
const [what = '', folder = '', dieAt = '', name] = process.argv.slice(2);
const { BACKUP_KEY_FILE } = process.env;
const options = optionsFor({ url: `sqlite:///${join(folder, 'flashcase.db')}` }, join(folder, 'backups'), {
  ...(BACKUP_KEY_FILE === undefined ? {} : { env: { BACKUP_KEY_FILE } }),
  onStep(step) {
    process.stdout.write(`${step}\n`);
    if (step === dieAt) process.kill(process.pid, 'SIGKILL');
  },
});
const { directory } = options.backup;
if (what === 'make') await backupNow(options);
else
  await restoreInPlace(
    name === undefined ? newestBackup(directory, options.clock.now()) : backupNamed(directory, name),
    join(folder, 'flashcase.db'),
    options,
    {
      skipsRestorePoint: true,
    },
  );
process.stdout.write('done\n');
