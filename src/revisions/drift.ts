import type { Connection, Engine } from '../engine/engine.ts';
import { formOf } from '../engine/schema-form.ts';
import { type Difference, differenceOf, type Fact, factOf, isNoDifference, type SchemaForm } from '../schema/form.ts';
import { liveTarget } from './apply.ts';
import type { Target } from './compile/target.ts';
import { type Repair, repairOf } from './drift-repair.ts';
import type { State } from './state.ts';
import { differenceFromStored, readStoredForm } from './stored-form.ts';

/** One thing that is not as the newest revision left it, with what to do about it. */
export interface DriftItem extends Repair {
  readonly kind: 'missing' | 'changed' | 'extra';
  /** In the words of the schema form: as it was, and as it is. */
  readonly expected?: string;
  readonly actual?: string;
}

export interface Drift {
  readonly items: readonly DriftItem[];
  /** Why not everything was compared. */
  readonly incomplete?: string;
}

/**
 * How a database drifted from what its revisions left: one introspection against the form in the ledger, no second database. Where no form
 * is stored, against what the revisions declare, without the words of expressions.
 * @param state the state after what was applied here.
 */
export async function readDrift(connection: Connection, engine: Engine, state: State): Promise<Drift> {
  const live = await engine.introspect(connection);
  const stored = await readStoredForm(connection, engine);
  const difference =
    stored === undefined
      ? differenceOf(formOf(state, engine), live)
      : await differenceFromStored(connection, engine, stored, live);
  const items = isNoDifference(difference)
    ? []
    : driftItems(difference, live, { state, ddl: engine.ddl, target: await liveTarget(engine) });
  const isNothingApplied = Object.keys(state.tables).length === 0;
  if (stored !== undefined || isNothingApplied) return { items };
  return {
    items,
    incomplete:
      'The ledger has no form of this schema: the words of expressions were not compared. flashcase db repair takes one.',
  };
}

interface Known {
  readonly state: State;
  readonly ddl: Engine['ddl'];
  readonly target: Target;
}

/** Differences as things that are missing, changed or extra. What goes or comes with a whole table is one thing with it. */
function driftItems({ missing, unexpected }: Difference, live: SchemaForm, known: Known): DriftItem[] {
  const gone = missing.map((line) => ({ line, fact: factOf(line) }));
  const extra = unexpected.map((line) => ({ line, fact: factOf(line) }));
  const isNew = ({ fact }: { fact: Fact }): boolean => !gone.some((other) => keyOf(other.fact) === keyOf(fact));
  const present = new Set(
    live
      .map(factOf)
      .filter(isWhole)
      .map((fact) => fact.table),
  );
  const newTables = new Set(extra.filter((entry) => isWhole(entry.fact) && isNew(entry)).map(({ fact }) => fact.table));
  const goneColumns = new Set(gone.filter(({ fact }) => fact.kind === 'column').map(({ fact }) => `${fact.table} ${fact.name}`));
  const items: DriftItem[] = [];
  for (const { line, fact } of gone) {
    if (fact.table !== undefined && !present.has(fact.table) && !isWhole(fact)) continue;
    if (fact.kind === 'comment on' && goneColumns.has(`${fact.table} ${fact.name}`)) continue;
    const now = extra.find((other) => keyOf(other.fact) === keyOf(fact))?.line;
    const repair = repairOf(fact, line, now, { ...known, live });
    items.push(
      now === undefined
        ? { kind: 'missing', expected: line, ...repair }
        : { kind: 'changed', expected: line, actual: now, ...repair },
    );
  }
  for (const entry of extra) {
    if (!isNew(entry) || (newTables.has(entry.fact.table) && !isWhole(entry.fact))) continue;
    items.push({ kind: 'extra', actual: entry.line, advice: adviceOnExtra(entry.fact, known), sql: [] });
  }
  return sayOnce(items);
}

const isWhole = ({ kind }: Fact): boolean => kind === 'table' || kind === 'virtual table' || kind.endsWith('view');

/** Two lines with the same key are two versions of one thing. */
function keyOf(fact: Fact): string {
  const { table, kind, name, words } = fact;
  const isOneOfItsKind = isWhole(fact) || kind === 'primary key' || kind === 'comment';
  return JSON.stringify([table, kind.replace(/^unique index$/, 'index'), isOneOfItsKind ? '' : (name ?? words)]);
}

/** What may hold data is never offered for dropping; what does not, only after the way to keep it (facts F59). */
function adviceOnExtra({ table, kind, name }: Fact, { ddl, target }: Known): string {
  const keep =
    'It is of no revision. To keep it, put it into the model and write the revision (flashcase db revision -m "..." --autogenerate); here, where it is already, flashcase db stamp ID, with the id that it gets.';
  const own = ddl.quote(name ?? '');
  const of = ddl.quote(table ?? '');
  const remove: Readonly<Record<string, string>> = {
    index: `DROP INDEX ${own}`,
    'unique index': `DROP INDEX ${own}`,
    trigger: `DROP TRIGGER ${own}${target.engine === 'sqlite' ? '' : ` ON ${of}`}`,
    view: `DROP VIEW ${of}`,
  };
  if (['table', 'column', 'virtual table', 'materialized view'].includes(kind))
    return `${keep} It may hold data, so nothing here takes it away.`;
  return remove[kind] === undefined ? keep : `${keep} It holds no data; to be rid of it instead: ${remove[kind]}`;
}

/** One building anew brings back everything of its table: it is printed once. */
function sayOnce(items: readonly DriftItem[]): DriftItem[] {
  const said = new Set<string>();
  return items.map((item) => {
    const text = item.sql.join('\n');
    if (text !== '' && said.has(text)) return { ...item, sql: [], advice: 'The statements above bring this back too.' };
    said.add(text);
    return item;
  });
}
