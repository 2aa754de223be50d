import type { Column } from '../../../schema/column.ts';
import type { Table } from '../../../schema/table.ts';
import { changeColumn, dropColumn } from '../../change.ts';
import { replay, type State } from '../../state.ts';
import { alterTable, createView, renameTable, type Step } from '../../step.ts';
import type { Problem } from '../finding.ts';
import { rule } from '../rule.ts';
import { EXPANDED, emptyLike, expand, type Part, safeWay } from '../safe-way.ts';
import { isReleasedColumn, isReleasedTable, releasedChanges, type Scene } from '../scene.ts';

const CONTRACT = safeWay({
  about: 'in this revision, once a release whose code does not use it has shipped',
  contracts: EXPANDED,
});

/** Something that a release has is taken away, and nothing says that it made room for that. */
const unlessContract = (scene: Scene, what: string, rewrite: string): Problem[] =>
  scene.revision.contracts === undefined ? [{ level: 'error', what, rewrite }] : [];

/** The revision that brought a table, or a column, into being. */
function bornIn(scene: Scene, isBorn: (step: Step) => boolean): string | undefined {
  return scene.project.revisions.find((revision) => revision.upgrade.some(isBorn))?.id;
}

interface Taken {
  readonly what: string;
  readonly born: string | undefined;
  /** A column that every insert has to name: no release could have stopped using it. */
  readonly isRequired: boolean;
}

/** What the released schema has and this revision takes away, under the names it has here. */
function* taken(scene: Scene): Generator<Taken> {
  for (const site of scene.steps) {
    const { step } = site;
    if ((step.kind === 'dropTable' || step.kind === 'renameTable') && isReleasedTable(site, step.name)) {
      const was = site.released.tables.get(step.name)?.was;
      yield {
        what: `table ${step.name}`,
        born: bornIn(scene, (other) => other.kind === 'createTable' && other.table.name === was),
        isRequired: false,
      };
    }
  }
  for (const site of scene.changes) {
    const { change, table } = site;
    if ((change.kind !== 'dropColumn' && change.kind !== 'renameColumn') || !isReleasedColumn(site, table.name, change.name))
      continue;
    const column = table.columns[change.name] as Column;
    const was = site.released.tables.get(table.name)?.columns.get(change.name);
    yield {
      what: `column ${table.name}.${change.name}`,
      born: bornIn(
        scene,
        (other) =>
          (other.kind === 'createTable' &&
            was !== undefined &&
            was in other.table.columns &&
            other.table.name === site.released.tables.get(table.name)?.was) ||
          (other.kind === 'alterTable' && other.changes.some((entry) => entry.kind === 'addColumn' && entry.name === was)),
      ),
      isRequired: change.kind === 'dropColumn' && isRequired(column),
    };
  }
}

/** True for a column that every insert has to name. */
const isRequired = (column: Column): boolean =>
  !column.isNullable && column.default === undefined && column.computed === undefined && !column.isGenerated;

/** Steps of one kind on tables that a release has. */
function* onReleasedTables<K extends 'dropTable' | 'renameTable'>(
  scene: Scene,
  kind: K,
): Generator<Extract<Step, { kind: K }> & { readonly before: State }> {
  for (const site of scene.steps) {
    const { step } = site;
    if (step.kind === kind && 'name' in step && isReleasedTable(site, step.name))
      yield { ...(step as Extract<Step, { kind: K }>), before: site.before };
  }
}

/** Views of the release that are dropped, and whether the same revision makes them again. */
function* droppedViews({ project: { revisions, released }, steps }: Scene): Generator<{ name: string; comesBack: boolean }> {
  const dropped = steps.flatMap(({ step }) => (step.kind === 'dropView' ? [step.name] : []));
  if (dropped.length === 0 || released === undefined) return;
  const { views } = replay(revisions.filter(({ id }) => id <= released));
  for (const name of dropped)
    if (views.some((view) => view.name === name))
      yield { name, comesBack: steps.some(({ step }) => step.kind === 'createView' && step.view.name === name) };
}

/** The column of a table, made needless first where inserts have to name it, then dropped. */
function dropLater({ name: table, columns }: Table, name: string): string {
  const column = columns[name] as Column;
  const expand = `expand, now: nothing in the new code reads or writes ${table}.${name}`;
  return safeWay(
    isRequired(column)
      ? { about: `${expand}, and inserts may leave it out`, upgrade: [alterTable(table, changeColumn(name, emptyLike(column)))] }
      : { about: expand },
    contract(table, name),
  );
}

const contract = (table: string, name: string): Part => ({
  about: 'contract, once that release has shipped',
  contracts: EXPANDED,
  upgrade: [alterTable(table, dropColumn(name))],
});

export const contractRules = [
  rule({
    id: 'drop-column-without-contract',
    engines: ['sqlite', 'postgres'],
    why: 'The release that is running selects and writes it, and fails from this moment until the last of its processes is gone.',
    isUpOnly: true,
    *check(scene) {
      for (const { change, table, released } of releasedChanges(scene, 'dropColumn'))
        if (isReleasedColumn({ released }, table.name, change.name))
          yield* unlessContract(
            scene,
            `${table.name}.${change.name} is dropped while a release uses it.`,
            dropLater(table, change.name),
          );
    },
  }),
  rule({
    id: 'drop-table-without-contract',
    engines: ['sqlite', 'postgres'],
    why: 'The release that is running still asks for it, and fails from this moment on.',
    isUpOnly: true,
    *check(scene) {
      for (const { name } of onReleasedTables(scene, 'dropTable'))
        yield* unlessContract(scene, `Table ${name} is dropped while a release uses it.`, CONTRACT);
    },
  }),
  rule({
    id: 'drop-view-without-contract',
    engines: ['sqlite', 'postgres'],
    why: 'The release that is running still asks for it, and fails from this moment on.',
    isUpOnly: true,
    *check(scene) {
      for (const { name, comesBack } of droppedViews(scene))
        if (!comesBack) yield* unlessContract(scene, `View ${name} is dropped while a release uses it.`, CONTRACT);
    },
  }),
  rule({
    id: 'view-away-between-commits',
    engines: ['sqlite', 'postgres'],
    why: 'Each step is committed by itself: whoever reads the view fails until it is made again, which may be as long as an index is built.',
    *check(scene) {
      for (const { name, comesBack } of droppedViews(scene))
        if (scene.isOnline && comesBack)
          yield {
            level: 'error',
            what: `View ${name} is dropped and made again in a revision that is not one transaction.`,
            rewrite: '// what needs the view out of the way in a revision of its own, without isTransactional: false',
          };
    },
  }),
  rule({
    id: 'view-made-anew',
    engines: ['postgres'],
    why: 'What others were granted on a view goes with it, and PostgreSQL does not bring that back.',
    *check(scene) {
      for (const { name, comesBack } of droppedViews(scene))
        if (comesBack)
          yield {
            level: 'note',
            what: `View ${name} is dropped and made again.`,
            rewrite: '// where others were granted something on it, grant it again after the upgrade',
          };
    },
  }),
  rule({
    id: 'rename-column',
    engines: ['sqlite', 'postgres'],
    why: 'The release that is running asks for the old name, and fails from this moment on.',
    isUpOnly: true,
    *check(scene) {
      for (const site of releasedChanges(scene, 'renameColumn')) {
        const { change, table } = site;
        if (!isReleasedColumn(site, table.name, change.name)) continue;
        yield* unlessContract(
          scene,
          `${table.name}.${change.name} is renamed to ${change.to} while a release uses the old name.`,
          safeWay(
            { about: `the new column beside the old one, and written by new code together with it:` },
            ...expand(table.name, change.to, emptyLike(table.columns[change.name] as Column), change.name),
            contract(table.name, change.name),
          ),
        );
      }
    },
  }),
  rule({
    id: 'rename-table',
    engines: ['sqlite', 'postgres'],
    why: 'The release that is running asks for the old name, and fails from this moment on.',
    isUpOnly: true,
    *check(scene) {
      for (const { name, to, before } of onReleasedTables(scene, 'renameTable')) {
        yield* unlessContract(
          scene,
          `Table ${name} is renamed to ${to} while a release uses the old name.`,
          safeWay(
            { about: "keep the table's name; if the code wants another one, map it there" },
            {
              about: 'else leave a view behind, for reading: a view of SQLite takes no writes',
              ignores: { 'rename-table': `the view keeps ${name} for those that read it` },
              upgrade: [
                renameTable(name, to),
                createView({
                  name,
                  query: `SELECT ${Object.keys(before.tables[name]?.columns ?? {}).join(', ')} FROM ${to}`,
                  reads: [to],
                }),
              ],
            },
          ),
        );
      }
    },
  }),
  rule({
    id: 'required-column-without-contract',
    engines: ['sqlite', 'postgres'],
    why: 'The release that is running may leave it empty, and is refused from this moment on.',
    isUpOnly: true,
    *check(scene) {
      for (const { change, table, released } of releasedChanges(scene, 'changeColumn')) {
        if (!isReleasedColumn({ released }, table.name, change.name) || table.columns[change.name]?.isNullable !== true) continue;
        if (change.column.isNullable || change.column.default !== undefined || change.column.computed !== undefined) continue;
        yield* unlessContract(
          scene,
          `${table.name}.${change.name} becomes required while a release may leave it empty.`,
          CONTRACT,
        );
      }
    },
  }),
  rule({
    id: 'contract-before-expand',
    engines: ['sqlite', 'postgres'],
    why: 'A contract takes away what the release before it used: the revision that made room must have shipped in a release first.',
    isUpOnly: true,
    *check(scene) {
      const { contracts } = scene.revision;
      if (contracts === undefined) return;
      const { revisions, released } = scene.project;
      const expand = revisions.find((revision) => revision.id === contracts || revision.replaces?.includes(contracts) === true);
      const say = (what: string): Problem => ({ level: 'error', what, rewrite: CONTRACT });
      if (expand === undefined) return yield say(`contracts names revision ${contracts}, which there is not.`);
      if (released === undefined || contracts > released)
        return yield say(
          `Revision ${contracts} ${expand.name} made room for this one, but no release has it yet (the newest released is ${released ?? 'none'}).`,
        );
      for (const thing of taken(scene)) {
        // Of what a squash without its old files brought, nobody knows which of them it was.
        if (expand.id === contracts && thing.born !== undefined && contracts <= thing.born)
          yield say(
            `Revision ${contracts} ${expand.name} cannot have made room for ${thing.what}: ${thing.born === contracts ? 'it brought it' : `it is older than ${thing.born}, which brought it`}.`,
          );
        if (thing.isRequired)
          yield say(`${thing.what} is still required, so every release has to write it: no revision made room.`);
      }
    },
  }),
] as const;
