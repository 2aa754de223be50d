import { plannedActions } from '../../effects/planned.ts';
import { describeSize } from '../../plan-lines.ts';
import type { Problem } from '../finding.ts';
import { type Live, rule } from '../rule.ts';
import { isReleasedTable, type Scene, TARGETS } from '../scene.ts';

/** Measured: a rebuild with its proof writes about a million short rows in a second and a half; all writers wait for that time. */
const DECIDE_ROWS = 2_000_000;

function* rebuilds(scene: Scene, live: Live | undefined): Generator<Problem> {
  for (const site of scene.steps) {
    if (!isReleasedTable(site, 'table' in site.step && typeof site.step.table === 'string' ? site.step.table : '')) continue;
    for (const { action } of plannedActions(site.step, site.before, TARGETS.sqlite, false)) {
      if (action.kind !== 'rebuild') continue;
      const { name, triggers } = action.from;
      const size = live?.sizes.get(site.live.tables.get(name)?.was ?? '');
      if (live !== undefined && size === undefined) continue;
      const pointing = Object.values(site.before.tables).flatMap((table) =>
        table.foreignKeys
          .filter((key) => key.references.table === name && key.onDelete !== undefined && key.onDelete !== 'restrict')
          .map((key) => `${key.name} of ${table.name} (on delete ${key.onDelete})`),
      );
      yield {
        level: size !== undefined && size.rows >= DECIDE_ROWS ? 'decide' : 'note',
        what: [
          `${name} is built anew${size === undefined ? '' : `: ${describeSize(size)}, about ${Math.ceil((size.rows / 1_000_000) * 1.5)} s`}`,
          ...(triggers.length === 0
            ? []
            : [`its triggers are made again: ${triggers.map((trigger) => trigger.name).join(', ')}`]),
          ...(pointing.length === 0
            ? []
            : [`foreign keys point here, off meanwhile and proved afterwards: ${pointing.join(', ')}`]),
        ].join('; '),
        rewrite:
          '// SQLite adds and drops columns, makes them required, and adds and drops checks in place; put the others off, or together into one revision',
      };
    }
  }
}

export const sqliteRebuildRules = [
  rule({
    id: 'sqlite-rebuild',
    engines: ['sqlite'],
    why: 'All writers of the file wait while a table is built anew; readers go on.',
    check: (scene) => rebuilds(scene, undefined),
    async *live(scene, live) {
      if (live.engine.capabilities.rebuildsTables) yield* rebuilds(scene, live);
    },
  }),
] as const;
