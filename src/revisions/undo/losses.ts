import { catalogQuery } from '../../engine/catalog-query.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import { asideName } from '../compile/aside.ts';
import type { Revision } from '../revision.ts';
import { applyToState, type State } from '../state.ts';
import type { Step } from '../step.ts';
import { asidesOf } from './asides.ts';

/** Something that taking a revision back loses, or cannot bring back. */
export interface Loss {
  readonly about: string;
  /** How many rows or values; absent where only a run can tell. */
  readonly rows?: number;
  /**
   * `lost`: it is there now and would be gone. `gone`: the revision took it away, and it does not come back. `empty`: the column comes
   * back, but these rows were written without it.
   */
  readonly kind: 'lost' | 'gone' | 'empty';
}

const WORDS = { lost: 'would be lost      ', gone: 'does not come back ', empty: 'comes back without ' };

export function describeLoss({ about, rows, kind }: Loss): string {
  const counted = rows === undefined ? '' : ` (${rows})`;
  return `${WORDS[kind]} ${about}${counted}`;
}

/** Losses that somebody has to decide on: what is gone already is only told. */
export const decisive = (losses: readonly Loss[]): readonly Loss[] => losses.filter(({ kind }) => kind === 'lost');

/**
 * What taking back a revision by its own steps loses and cannot restore, counted in this database. Nothing that is kept aside is in it.
 * @param after the schema with the revision. @param before the schema without it.
 */
export async function lossesOf(
  connection: Connection,
  engine: Engine,
  revision: Revision,
  after: State,
  before: State,
): Promise<Loss[]> {
  if (typeof revision.downgrade === 'string') return [];
  const kept = await asidesOf(connection, engine);
  return [
    ...(await lostNow(connection, engine, revision.downgrade, after)),
    ...(await writtenWithout(connection, engine, revision, revision.downgrade, kept)),
    ...goneBefore(revision, engine, before, (name, table) =>
      kept.has(table === undefined ? asideName(revision.id, name) : `${table}.${asideName(revision.id, name)}`),
    ),
  ];
}

async function lostNow(connection: Connection, engine: Engine, steps: readonly Step[], after: State): Promise<Loss[]> {
  const { quote, literal } = engine.ddl;
  const count = async (rest: string): Promise<number> =>
    Number((await catalogQuery(connection, { total: 'count(*)' }, `FROM ${rest}`))[0]?.total);
  const losses: Loss[] = [];
  // Only what already has its present name can be counted.
  const add = async (about: string, table: string, column: string | undefined, where: string): Promise<void> => {
    const known = after.tables[table];
    if (known === undefined || (column !== undefined && known.columns[column] === undefined))
      losses.push({ about, kind: 'lost' });
    else {
      const rows = await count(`${quote(table)}${where}`);
      if (rows > 0) losses.push({ about, rows, kind: 'lost' });
    }
  };
  for (const step of steps) {
    if (step.kind === 'dropTable') await add(`rows of table ${step.name}`, step.name, undefined, '');
    if (step.kind === 'sql' || step.kind === 'backfill') losses.push({ about: `what "${step.about}" writes over`, kind: 'lost' });
    if (step.kind !== 'alterTable') continue;
    for (const change of step.changes) {
      const column = 'name' in change ? after.tables[step.table]?.columns[change.name] : undefined;
      if (change.kind === 'dropColumn' && column?.computed === undefined) {
        // Rows that only have the default say nothing that would be missed.
        const unlike = column?.default === undefined ? 'IS NOT NULL' : `IS DISTINCT FROM ${literal(column.default)}`;
        await add(`values of ${step.table}.${change.name}`, step.table, change.name, ` WHERE ${quote(change.name)} ${unlike}`);
      }
      if (change.kind === 'changeColumn' && (change.using !== undefined || column?.type !== change.column.type))
        await add(
          `values of ${step.table}.${change.name} as they are now, before they are given anew`,
          step.table,
          change.name,
          ` WHERE ${quote(change.name)} IS NOT NULL`,
        );
    }
  }
  return losses;
}

/** Rows that have no value in a column that comes back: written meanwhile, or without one from the beginning where that is allowed. */
async function writtenWithout(
  connection: Connection,
  engine: Engine,
  revision: Revision,
  steps: readonly Step[],
  kept: ReadonlyMap<string, unknown>,
): Promise<Loss[]> {
  const { quote } = engine.ddl;
  const losses: Loss[] = [];
  for (const step of steps) {
    if (step.kind !== 'alterTable') continue;
    for (const change of step.changes) {
      if (change.kind !== 'addColumn' || !kept.has(`${step.table}.${asideName(revision.id, change.name)}`)) continue;
      const [row] = await catalogQuery(
        connection,
        { total: 'count(*)' },
        `FROM ${quote(step.table)} WHERE ${quote(asideName(revision.id, change.name))} IS NULL`,
      );
      const about = change.column.isNullable
        ? `a value of ${step.table}.${change.name}: rows written meanwhile, or without one before`
        : `its value of ${step.table}.${change.name}, and gets the default: rows written meanwhile`;
      if (Number(row?.total) > 0) losses.push({ about, rows: Number(row?.total), kind: 'empty' });
    }
  }
  return losses;
}

function goneBefore(
  revision: Revision,
  engine: Engine,
  before: State,
  isKept: (name: string, table?: string) => boolean,
): Loss[] {
  let state = before;
  return revision.upgrade.flatMap((step): Loss[] => {
    const here = state;
    state = applyToState(state, step);
    const gone = (about: string): Loss => ({ about, kind: 'gone' });
    if (step.kind === 'dropTable') return isKept(step.name) ? [] : [gone(`rows of table ${step.name}`)];
    if (step.kind === 'backfill') return [gone(`what "${step.about}" wrote over`)];
    if (step.kind === 'sql') return step[engine.name].length === 0 ? [] : [gone(`what "${step.about}" changed`)];
    if (step.kind !== 'alterTable') return [];
    return step.changes.flatMap((change): Loss[] => {
      const column = 'name' in change ? here.tables[step.table]?.columns[change.name] : undefined;
      if (change.kind === 'dropColumn' && column?.computed === undefined)
        return isKept(change.name, step.table) ? [] : [gone(`values of ${step.table}.${change.name}`)];
      const isBent = change.kind === 'changeColumn' && (change.using !== undefined || column?.type !== change.column.type);
      return isBent ? [gone(`values of ${step.table}.${change.name} as they were before`)] : [];
    });
  });
}
