import { Command } from 'commander';
import { pruneMedia } from '../../services/media-upkeep.ts';
import { print, withReadyDatabase } from './open.ts';

export function media(): Command {
  const command = new Command('media').description('Pictures and sounds of notes.');
  command
    .command('prune')
    .description(
      'remove pictures and sounds that no note, deleted note or change to take back shows, given more than 31 days ago',
    )
    .option('--dry-run', 'say what would go, and change nothing')
    .option('--json', 'for machines')
    .action(async (options: { dryRun?: boolean; json?: boolean }) => {
      const isDryRun = options.dryRun === true;
      const found = await withReadyDatabase((database) => pruneMedia(database, isDryRun));
      const size = `${(found.bytes / 1024 / 1024).toFixed(1)} MB`;
      print(options.json === true, { dry_run: isDryRun, ...found }, () => [
        found.files === 0
          ? 'Everything given more than 31 days ago is shown somewhere.'
          : `${found.files} pictures and sounds that nothing shows, ${size}: ${isDryRun ? 'they stay. Run it again without --dry-run to remove them.' : 'removed.'}`,
      ]);
    });
  return command;
}
