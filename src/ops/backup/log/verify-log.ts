import { FlashcaseError } from '../../../errors/index.ts';
import { type BackupOptions, keyOf } from '../options.ts';
import { record } from '../record.ts';
import type { VerifiedBackup } from '../verify-backup.ts';
import { chainFolder, chainKeys, chainNames, readChain, readHead, readOldest, refuseUntrustedChain } from './chain.ts';
import { recordsAfter } from './records.ts';

/** Reads every byte of a chain. Throws what is wrong with it. */
function verifyChain(name: string, options: BackupOptions): void {
  const { directory } = options.backup;
  const key = keyOf(options);
  const chain = readChain(directory, name);
  refuseUntrustedChain(chain, key, options.acceptsUnsealed === true);
  const keys = chainKeys(chain, key);
  const head = readHead(directory, chain, keys);
  const reading = { folder: chainFolder(directory, name), name, keys };
  for (const _ of recordsAfter(readOldest(directory, chain, keys) - 1, reading, head));
}

/** Verifies the change logs, the one that was begun last first. @param isAll or that one alone */
export function verifyLogs(options: BackupOptions, isAll: boolean): VerifiedBackup[] {
  const { directory } = options.backup;
  const names = chainNames(directory);
  return (isAll ? names : names.slice(0, 1)).map((chain) => {
    const name = `log ${chain}`;
    options.say(`reading the change ${name}`);
    try {
      verifyChain(chain, options);
      return { name };
    } catch (error) {
      if (!(error instanceof FlashcaseError)) throw error;
      if (error.code === 'FC_BACKUP_DAMAGED')
        record(directory, {
          at: options.clock.now().text,
          kind: 'log',
          isGood: false,
          detail: `${chain} ${String(error.details.finding)}`,
        });
      return { name, error };
    }
  });
}
