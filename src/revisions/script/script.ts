import { destructionsOf } from '../undo/destructive.ts';
import { postgresScript } from './postgres.ts';
import { type Range, rangeOf, type ScriptOptions } from './range.ts';
import { sqliteScript } from './sqlite.ts';

/**
 * What `upgrade` or `downgrade` runs between two revisions, as a script for people who may not connect: the ledger, its entries and the
 * transactions included, and on SQLite each rebuild spelled out with the checks that abort it. No database is opened.
 * Throws `FC_REVISION_UNKNOWN` for an id that is none, `FC_BAD_REQUEST` for a range that goes the other way, `FC_REVISION_FAILED` where there is no way back.
 */
export function script(options: ScriptOptions): string {
  const { target, from, to, direction } = options;
  const range = rangeOf(options);
  const statements = target.engine === 'sqlite' ? sqliteScript(range) : postgresScript(range);
  const how = target.engine === 'sqlite' ? 'sqlite3 -bail FILE < this' : 'psql -v ON_ERROR_STOP=1 -f this';
  return [
    `-- FlashCase: ${direction === 'up' ? 'upgrade' : 'downgrade'} from ${from} to ${to} for ${target.engine === 'sqlite' ? 'SQLite' : 'PostgreSQL'} ${target.version.join('.')}.`,
    `-- Run it with ${how}: it must stop at the first error.`,
    '-- Then flashcase db repair: it notes in the ledger what the schema is now, which a script cannot know; flashcase db check is fine after that.',
    ...warningsOf(range),
    ...statements.map((sql) => `${sql};`),
    '',
  ].join('\n');
}

/** What `upgrade` and `downgrade` would keep, or bring back, and a script cannot. */
function warningsOf({ target, direction, parts }: Range): string[] {
  if (target.engine === 'postgres')
    return direction === 'up' ? [] : ['-- What an upgrade kept aside stays aside: only flashcase db downgrade brings it back.'];
  const taken = parts.flatMap(({ steps, before }) => destructionsOf(steps, before, target));
  return taken.length === 0
    ? []
    : [
        `-- Copy the file first: flashcase db undo has no copy of what a script takes away or writes over (${oneLine(taken.join('; '))}).`,
      ];
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ');
