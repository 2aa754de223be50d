import { type Target, targetOf } from '../../../revisions/compile/target.ts';
import { script } from '../../../revisions/script/script.ts';
import { revisions } from '../../../versions/index.ts';
import { commandSettings } from '../open.ts';
import { revisionNamed } from './revision-named.ts';
import { targetNamed } from './target-named.ts';

export interface SqlOptions {
  readonly sql?: boolean;
  readonly target?: string;
  readonly from?: string;
}

/** Prints the script of a range; nothing is opened. The engine is the configured one unless `--target` names another. */
export function printScript(direction: 'up' | 'down', to: string, options: SqlOptions): void {
  const from = revisionNamed(options.from ?? (direction === 'up' ? 'base' : 'head'), []);
  process.stdout.write(script({ revisions, target: targetFor(options.target), direction, from, to: revisionNamed(to, []) }));
}

/** PostgreSQL's statements are the same from 15 on; SQLite's are for the version FlashCase brings along. */
function targetFor(text: string | undefined): Target {
  if (text !== undefined) return targetNamed(text);
  return commandSettings().database.engine === 'sqlite'
    ? targetOf('sqlite', process.versions.sqlite ?? '')
    : targetOf('postgres', '15');
}
