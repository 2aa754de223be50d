import { KEPT_DAYS, type KeptFile } from '../../move/report/prune-kept.ts';
import { readableBytes } from './progress.ts';

const days = (count: number): string => `${count} day${count === 1 ? '' : 's'}`;

function keptLines(kept: KeptFile, isDryRun: boolean): string[] {
  const { runId, file, sha256, state, ageDays, bytes = 0, onlyHere } = kept;
  const named = `${file} (${readableBytes(bytes)}, ${days(ageDays)} old, sha256 ${sha256} as recorded)`;
  const lost = onlyHere.map((value) => `  only here ${value}`);
  switch (state) {
    case 'waiting':
      return [
        `Move ${runId}: the old file is kept.`,
        `  kept     ${named}`,
        `  until    ${kept.mayGoAt}: a finished move keeps it for ${days(KEPT_DAYS)}`,
      ];
    case 'due':
      return [
        `Move ${runId}: the old file ${isDryRun ? 'may go; nothing was removed (--dry-run)' : 'was removed'}.`,
        `  ${isDryRun ? 'would go' : 'removed '} ${named}`,
        `  report   ${kept.reportFile}${isDryRun ? '' : ' (says so, and is sealed again)'}`,
        ...lost,
      ];
    case 'alone':
      return [
        `Move ${runId}: the old file was not removed, although its days are over: it alone holds what PostgreSQL could not take as it was.`,
        `  kept     ${named}`,
        ...lost,
        '  next     Keep it, or move it away yourself, or: flashcase move prune --discard-old-values',
      ];
    case 'removed':
      return [`Move ${runId}: the old file ${file} was removed at ${kept.removedAt?.slice(0, 19)}.`];
    case 'absent':
      return [`Move ${runId}: the old file ${file} is not there, and no removal is recorded: somebody moved or removed it.`];
    case 'refused':
      return [
        `Move ${runId}: nothing was removed. ${kept.why}`,
        `  file     ${file} (recorded sha256 ${sha256})`,
        `  report   ${kept.reportFile}`,
      ];
  }
}

/** What `move prune` prints. */
export const prunedText = (all: readonly KeptFile[], isDryRun: boolean): string =>
  all.length === 0
    ? 'There is no report of a finished move beside the file; nothing was removed.'
    : all.flatMap((kept) => keptLines(kept, isDryRun)).join('\n');
