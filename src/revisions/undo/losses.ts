import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { asideName, type Present } from '../compile/aside.ts';
import type { Lineage } from '../lineage.ts';
import { applyToState } from '../state.ts';
import { type Aside, asidesOf, readAsides } from './asides.ts';
import { singly, type WayBack, walk } from './way-back.ts';

/** Something that taking a revision back loses, or cannot bring back. */
export interface Loss {
  readonly about: string;
  /** How many rows or values; absent where only a run can tell. */
  readonly rows?: number;
  /**
   * `lost`: it is there now and would be gone. `aside`: it was kept for the way back, which does not bring it home. `gone`: the revision took
   * it away, and it does not come back. `empty`: the column comes back, but these rows were written without it.
   */
  readonly kind: 'lost' | 'aside' | 'gone' | 'empty';
}

const WORDS = {
  lost: 'would be lost      ',
  aside: 'stays aside        ',
  gone: 'does not come back ',
  empty: 'comes back without ',
};

export function describeLoss({ about, rows, kind }: Loss): string {
  const counted = rows === undefined ? '' : ` (${rows})`;
  return `${WORDS[kind]} ${about}${counted}`;
}

/** Losses that somebody has to decide on: what is gone already is only told. */
export const decisive = (losses: readonly Loss[]): readonly Loss[] =>
  losses.filter(({ kind }) => kind === 'lost' || kind === 'aside');

/**
 * What taking revisions back by their own steps loses and cannot restore, one list for each way, counted in this database as it is before
 * the first of them. What is kept aside and comes home is in none.
 * @param ways newest revision first
 */
export async function lossesOf(connection: Connection, engine: Engine, ways: readonly WayBack[]): Promise<Loss[][]> {
  const present = await asidesOf(connection, engine);
  const asides = await readAsides(connection, engine);
  const count = async (rest: string): Promise<number> =>
    Number((await catalogQuery(connection, { total: 'count(*)' }, `FROM ${rest}`))[0]?.total);
  const losses: Loss[][] = [];
  for (const walked of walk(ways, present)) {
    losses.push([
      ...(await lostNow(walked, engine, count)),
      ...(await writtenWithout(walked, engine, count)),
      ...(walked.way.part === 'step' ? [] : await leftAside(walked, asides, engine, count)),
      ...(walked.way.part === 'all' ? goneBefore(walked.way, engine, walked.start, present) : []),
    ]);
  }
  return losses;
}

type Walked = ReturnType<typeof walk>[number];
type Count = (rest: string) => Promise<number>;

async function lostNow({ places }: Walked, engine: Engine, count: Count): Promise<Loss[]> {
  const { quote, literal } = engine.ddl;
  const losses: Loss[] = [];
  for (const { step, state, lineage } of places) {
    // What is not in the database yet, only the way back makes.
    const add = async (about: string, table: string, column?: string, condition = ''): Promise<void> => {
      const known = lineage.tables.get(table);
      const name = column === undefined ? '' : known?.columns.get(column);
      if (known === undefined || name === undefined) return;
      const rows = await count(`${quote(known.was)}${column === undefined ? '' : ` WHERE ${quote(name)} ${condition}`}`);
      if (rows > 0) losses.push({ about, rows, kind: 'lost' });
    };
    if (step.kind === 'dropTable') await add(`rows of table ${step.name}`, step.name);
    if (step.kind === 'sql' || step.kind === 'backfill') losses.push({ about: `what "${step.about}" writes over`, kind: 'lost' });
    if (step.kind !== 'alterTable') continue;
    for (const change of step.changes) {
      const column = 'name' in change ? state.tables[step.table]?.columns[change.name] : undefined;
      if (change.kind === 'dropColumn' && column?.computed === undefined) {
        // Rows that only have the default say nothing that would be missed.
        const unlike = column?.default === undefined ? 'IS NOT NULL' : `IS DISTINCT FROM ${literal(column.default)}`;
        await add(`values of ${step.table}.${change.name}`, step.table, change.name, unlike);
      }
      if (change.kind === 'changeColumn' && (change.using !== undefined || column?.type !== change.column.type))
        await add(
          `values of ${step.table}.${change.name} as they are now, before they are given anew`,
          step.table,
          change.name,
          'IS NOT NULL',
        );
    }
  }
  return losses;
}

/** Rows that have no value in a column that comes back: written meanwhile, or without one from the beginning where that is allowed. */
async function writtenWithout({ places }: Walked, engine: Engine, count: Count): Promise<Loss[]> {
  const { quote } = engine.ddl;
  const losses: Loss[] = [];
  for (const { step, lineage, kept } of places) {
    const change = step.kind === 'alterTable' ? step.changes[0] : undefined;
    if (step.kind !== 'alterTable' || change?.kind !== 'addColumn' || kept === undefined) continue;
    const { was } = lineage.tables.get(step.table) as { was: string };
    const rows = await count(`${quote(was)} WHERE ${quote(kept.slice(was.length + 1))} IS NULL`);
    const about = change.column.isNullable
      ? `a value of ${step.table}.${change.name}: rows written meanwhile, or without one before`
      : `its value of ${step.table}.${change.name}, and gets the default: rows written meanwhile`;
    if (rows > 0) losses.push({ about, rows, kind: 'empty' });
  }
  return losses;
}

/** What the revision put aside, and its way back looks for in another place or not at all. */
async function leftAside({ way, places }: Walked, asides: readonly Aside[], engine: Engine, count: Count): Promise<Loss[]> {
  const { quote } = engine.ddl;
  const home = new Set(places.map(({ kept }) => kept));
  const dropped = new Set(
    places.map(({ step, lineage }) => (step.kind === 'dropTable' ? lineage.tables.get(step.name)?.was : undefined)),
  );
  const losses: Loss[] = [];
  for (const { revision, what, table, column } of asides) {
    if (revision !== way.revision.id || home.has(column === undefined ? table : `${table}.${column}`) || dropped.has(table))
      continue;
    const rows = await count(`${quote(table)}${column === undefined ? '' : ` WHERE ${quote(column)} IS NOT NULL`}`);
    const about = column === undefined ? `rows of ${what}` : `values of ${what.replace(/^column /, '')}`;
    losses.push({ about: `${about}, which the way back does not bring home`, rows, kind: 'aside' });
  }
  return losses;
}

/** What the way there took away, and is not kept aside. */
function goneBefore({ revision, before }: WayBack, engine: Engine, start: Lineage, present: Present): Loss[] {
  let state = before;
  // Where a column that was dropped is at the end of the way there: its table may have been renamed, or dropped in turn.
  let taken: { readonly about: string; readonly table: string; readonly name?: string }[] = [];
  for (const step of singly(revision.upgrade)) {
    const here = state;
    state = applyToState(state, step);
    const move = (from: string, to: string): void => {
      taken = taken.map((one) => (one.name !== undefined && one.table === from ? { ...one, table: to } : one));
    };
    if (step.kind === 'renameTable') move(step.name, step.to);
    if (step.kind === 'dropTable') {
      move(step.name, asideName(revision.id, step.name));
      taken.push({ about: `rows of table ${step.name}`, table: asideName(revision.id, step.name) });
    }
    if (step.kind === 'backfill') taken.push({ about: `what "${step.about}" wrote over`, table: '' });
    if (step.kind === 'sql' && step[engine.name].length > 0) taken.push({ about: `what "${step.about}" changed`, table: '' });
    if (step.kind !== 'alterTable') continue;
    for (const change of step.changes) {
      const column = 'name' in change ? here.tables[step.table]?.columns[change.name] : undefined;
      if (change.kind === 'dropColumn' && column?.computed === undefined)
        taken.push({ about: `values of ${step.table}.${change.name}`, table: step.table, name: change.name });
      if (change.kind === 'changeColumn' && (change.using !== undefined || column?.type !== change.column.type))
        taken.push({ about: `values of ${step.table}.${change.name} as they were before`, table: '' });
    }
  }
  const isKept = ({ table, name }: (typeof taken)[number]): boolean =>
    name === undefined
      ? present.has(table)
      : present.has(`${start.tables.get(table)?.was ?? table}.${asideName(revision.id, name)}`);
  return taken.filter((one) => !isKept(one)).map(({ about }) => ({ about, kind: 'gone' }));
}
