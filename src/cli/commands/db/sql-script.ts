import { type Target, targetOf } from '../../../revisions/compile/target.ts';
import { script } from '../../../revisions/script/script.ts';
import { commandSettings } from '../open.ts';
import { type FolderOption, type JsonOption, projectOf, tell } from './application.ts';
import { downTarget, namingFrom, revisionNamed, upTarget } from './revision-named.ts';
import { targetNamed } from './target-named.ts';

export interface SqlOptions extends FolderOption, JsonOption {
  readonly sql?: boolean;
  readonly target?: string;
  readonly from?: string;
}

/** Prints the script of a range; nothing is opened. The engine is the configured one unless `--target` names another. */
export async function printScript(direction: 'up' | 'down', word: string, options: SqlOptions): Promise<void> {
  const { revisions } = await projectOf(options);
  const start = options.from ?? (direction === 'up' ? 'base' : 'head');
  const from = start === 'base' ? start : revisionNamed(start, revisions);
  const target = targetFor(options.target);
  const more = ` --sql --from ${from}${options.target === undefined ? '' : ` --target ${options.target}`}`;
  const naming = namingFrom(revisions, from, more);
  const to = direction === 'up' ? upTarget(word, naming) : downTarget(word, naming);
  const text = script({ revisions, target, direction, from, to });
  tell(options, { direction, from, to, engine: target.engine, script: text }, () => [text.replace(/\n$/, '')]);
}

/** PostgreSQL's statements are the same from 15 on; SQLite's are for the version FlashCase brings along. */
function targetFor(text: string | undefined): Target {
  if (text !== undefined) return targetNamed(text);
  return commandSettings().database.engine === 'sqlite'
    ? targetOf('sqlite', process.versions.sqlite ?? '')
    : targetOf('postgres', '15');
}
