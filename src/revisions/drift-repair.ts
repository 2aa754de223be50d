import type { Ddl } from '../engine/engine.ts';
import { tableLines } from '../engine/sqlite/table-sql.ts';
import type { Column } from '../schema/column.ts';
import { expressionsOf, type Fact, factOf, type SchemaForm } from '../schema/form.ts';
import { derivedName } from '../schema/name.ts';
import type { Table } from '../schema/table.ts';
import type { Change } from './change.ts';
import type { Rebuild } from './compile/action.ts';
import { compileStep } from './compile/compile.ts';
import { rebuildOf } from './compile/sqlite.ts';
import { isAtLeast, type Target } from './compile/target.ts';
import { referencesHold } from './script/proof.ts';
import { rebuildStatements } from './script/rebuild-sql.ts';
import type { State } from './state.ts';
import type { Step } from './step.ts';

/** What to do about a difference: words for people, and SQL for this engine where there is some. It never drops what holds data. */
export interface Repair {
  readonly advice: string;
  readonly sql: readonly string[];
}

export interface RepairContext {
  readonly state: State;
  readonly ddl: Ddl;
  readonly target: Target;
  /** The schema as it is now. */
  readonly live: SchemaForm;
}

const AGAIN = 'Run this to bring it back.';
const BY_HAND: Repair = { advice: 'A revision made it with SQL of its own: run that statement again.', sql: [] };

/**
 * The way back for a fact that is missing (`line` says it), or that another line, `now`, stands in place of. What the revisions declare is
 * made again from there; what their own SQL made, from the words in the ledger where these are whole.
 */
export function repairOf(fact: Fact, line: string, now: string | undefined, context: RepairContext): Repair {
  const { state, ddl } = context;
  if (fact.kind === 'view' || fact.kind === 'materialized view') return repairView(fact, line, now, context);
  const table = state.tables[fact.table ?? ''];
  const change = table === undefined ? undefined : changeFor(fact, table, ddl);
  if (table === undefined || (change === undefined && (fact.kind === 'trigger' || fact.kind.endsWith('index'))))
    return fromLedger(fact, line, now, context);
  if (change !== undefined && !(fact.kind === 'column' && now !== undefined)) return bringBack(fact, change, now, table, context);
  switch (fact.kind) {
    case 'table':
      if (now !== undefined) return builtAnew(table, context);
      return {
        advice: 'Its rows are gone with it: restore a backup, or make it anew, empty.',
        sql: compiledInPlace({ kind: 'createTable', table }, withoutTable(state, table), context) ?? [],
      };
    case 'column':
      return now === undefined ? BY_HAND : changedColumn(fact, now, table, context);
    case 'comment':
    case 'comment on':
      return { advice: AGAIN, sql: ddl.comments(table) };
    case 'sequence':
      return bringBackSequence(fact, now, table, context);
    case 'primary key':
      return builtAnew(table, context);
    default:
      return BY_HAND;
  }
}

/** The change that makes a part of a table, as the revisions declare it. */
function changeFor({ kind, name }: Fact, table: Table, ddl: Ddl): Change | undefined {
  const named = <P extends { readonly name: string }>(parts: readonly P[]): P | undefined =>
    parts.find((part) => part.name === name);
  const made = <P, C extends Change>(part: P | undefined, change: (part: P) => C): C | undefined =>
    part === undefined ? undefined : change(part);
  switch (kind) {
    case 'column':
      return made(table.columns[name ?? ''], (column) => ({ kind: 'addColumn', name: name as string, column }));
    case 'index':
    case 'unique index':
      return made(named(table.indexes), (index) => ({ kind: 'addIndex', index }));
    case 'unique':
      return made(named(table.uniques), (unique) => ({ kind: 'addUnique', unique }));
    case 'foreign key':
      return made(named(table.foreignKeys), (foreignKey) => ({ kind: 'addForeignKey', foreignKey }));
    case 'trigger':
      return made(named(table.triggers), (trigger) => ({ kind: 'addTrigger', trigger }));
    case 'check': {
      const own = Object.entries(table.columns).find(([column]) => derivedName.valueCheck(table.name, column) === name);
      const expression = own === undefined ? undefined : ddl.valueCheck(own[0], own[1] as Column);
      const check = named(table.checks) ?? (expression === undefined ? undefined : { name: name as string, expression });
      return made(check, (found) => ({ kind: 'addCheck', check: found }));
    }
    default:
      return undefined;
  }
}

function bringBack(fact: Fact, change: Change, now: string | undefined, table: Table, context: RepairContext): Repair {
  const { ddl, state, target } = context;
  const on = ddl.quote(table.name);
  const own = ddl.quote(fact.name ?? '');
  if (now === `${ddl.quote(table.name)} ${fact.words} not valid`)
    return { advice: 'It holds for new rows; this proves it for all.', sql: [`ALTER TABLE ${on} VALIDATE CONSTRAINT ${own}`] };
  const without: State = { ...state, tables: { ...state.tables, [table.name]: withoutPart(table, fact.name ?? '') } };
  if (change.kind === 'addColumn') {
    const { column } = change;
    const isEmpty = !column.isNullable && column.default === undefined && column.computed === undefined && !column.isGenerated;
    const step = { ...change, column: isEmpty ? { ...column, isNullable: true } : column };
    const sql = compiledInPlace({ kind: 'alterTable', table: table.name, changes: [step] }, without, context);
    return {
      advice: `Its values are gone with it: restore a backup, or add it anew${isEmpty ? ', fill it, and make it NOT NULL' : ''}.`,
      sql: sql ?? [],
    };
  }
  const sql = compiledInPlace({ kind: 'alterTable', table: table.name, changes: [change] }, without, context);
  if (sql === undefined) return builtAnew(table, context);
  const drop = dropOf(fact, context);
  // The function behind a trigger is still there when only the trigger was dropped.
  const again = sql.map((text) => text.replace(/^CREATE FUNCTION /, 'CREATE OR REPLACE FUNCTION '));
  const isDroppable =
    fact.kind === 'trigger' || fact.kind.endsWith('index') || target.engine === 'postgres' || isAtLeast(target, 3, 53);
  if (now !== undefined && !isDroppable) return builtAnew(table, context);
  return { advice: AGAIN, sql: now === undefined ? again : [drop, ...again] };
}

/** Takes away the wrong version of something that holds no data. */
function dropOf({ kind, name, table }: Fact, { ddl, target }: RepairContext): string {
  const own = ddl.quote(name ?? '');
  const on = ddl.quote(table ?? '');
  if (kind.endsWith('index')) return `DROP INDEX ${own}`;
  if (kind === 'trigger') return `DROP TRIGGER ${own}${target.engine === 'sqlite' ? '' : ` ON ${on}`}`;
  if (kind.endsWith('view')) return `DROP ${kind.toUpperCase()} ${on}`;
  return `ALTER TABLE ${on} DROP CONSTRAINT ${own}`;
}

function repairView(fact: Fact, line: string, now: string | undefined, context: RepairContext): Repair {
  const { state, ddl, target } = context;
  const name = fact.table ?? '';
  const known = state.views.find((entry) => entry.name === name);
  const drop = now === undefined ? [] : [dropOf(fact, context)];
  if (known !== undefined) return { advice: AGAIN, sql: [...drop, ddl.createView(known)] };
  const [text = ''] = expressionsOf(line);
  // SQLite's text begins with the names of the columns where it has some.
  const hasNames = target.engine === 'sqlite' && text.startsWith('(');
  const create = `CREATE ${fact.kind.toUpperCase()} ${ddl.quote(name)} ${hasNames ? '' : 'AS '}${text}`;
  return { advice: AGAIN, sql: [...drop, create] };
}

const EXPRESSION = /«(?:[^»]|»»)*»/g;

/** What a revision made with SQL of its own is known by its words in the ledger only. */
function fromLedger(fact: Fact, line: string, now: string | undefined, context: RepairContext): Repair {
  const { ddl, target } = context;
  const drop = now === undefined ? [] : [dropOf(fact, context)];
  if (fact.kind === 'trigger') {
    const [text = '', body = ''] = expressionsOf(line);
    if (target.engine === 'sqlite')
      return { advice: AGAIN, sql: [...drop, `CREATE TRIGGER ${ddl.quote(fact.name ?? '')} ${text}`] };
    return { advice: `Run this to bring it back. The body of its function was: ${body}`, sql: [...drop, text] };
  }
  const parts = /index "(?:[^"]|"")*" (.*)$/s.exec(fact.words)?.[1];
  if (parts === undefined) return BY_HAND;
  const inParentheses = (text: string): string => text.replaceAll(EXPRESSION, (found) => `(${expressionsOf(found)[0] ?? ''})`);
  const [, keys = parts, condition] = /^(.*?)(?: where («.*»))?$/s.exec(parts) ?? [];
  const where = condition === undefined ? '' : ` WHERE ${expressionsOf(condition)[0] ?? ''}`;
  const unique = fact.kind === 'unique index' ? 'UNIQUE ' : '';
  return {
    advice: AGAIN,
    sql: [
      ...drop,
      `CREATE ${unique}INDEX ${ddl.quote(fact.name ?? '')} ON ${ddl.quote(fact.table ?? '')} ${inParentheses(keys)}${where}`,
    ],
  };
}

/** What SQL by hand may have added behind a column's words; no revision declares it. */
const IDENTITY = / identity (?:always|by default)$/;
const COLUMN = /^column "(?:[^"]|"")*" (.*?)( not null)?( generated)?(?: default (.*?))?( computed .*)?$/s;

function changedColumn(fact: Fact, now: string, table: Table, context: RepairContext): Repair {
  const { ddl, target } = context;
  if ([fact.words, now].some((words) => words.endsWith(' not valid')) || IDENTITY.test(fact.words)) return BY_HAND;
  const isIdentityNow = IDENTITY.test(now);
  const [, type, isRequired, isGenerated, constant, computed] = COLUMN.exec(fact.words) ?? [];
  const [, typeNow, isRequiredNow, isGeneratedNow, constantNow, computedNow] =
    COLUMN.exec(now.slice(ddl.quote(table.name).length + 1).replace(IDENTITY, '')) ?? [];
  const isOnlyRequired =
    type === typeNow && isGenerated === isGeneratedNow && constant === constantNow && computed === computedNow;
  const alter = (what: string): string =>
    `ALTER TABLE ${ddl.quote(table.name)} ALTER COLUMN ${ddl.quote(fact.name ?? '')} ${what}`;
  const required = alter(isRequired === undefined ? 'DROP NOT NULL' : 'SET NOT NULL');
  if (target.engine === 'sqlite')
    return isOnlyRequired && isAtLeast(target, 3, 53) ? { advice: AGAIN, sql: [required] } : builtAnew(table, context);
  if (isGenerated !== isGeneratedNow || computed !== computedNow || constant?.startsWith('«') === true) return BY_HAND;
  return {
    advice:
      type === typeNow
        ? AGAIN
        : 'Look first whether every value fits the type it had: this fails, and changes nothing, if one does not.',
    sql: [
      ...(isIdentityNow ? [alter('DROP IDENTITY')] : []),
      ...(type === typeNow
        ? []
        : [alter(`TYPE ${type} USING ${ddl.quote(fact.name ?? '')}::${type?.replace(/ COLLATE .*/, '')}`)]),
      ...(constant === constantNow ? [] : [alter(constant === undefined ? 'DROP DEFAULT' : `SET DEFAULT ${constant}`)]),
      ...(isRequired === isRequiredNow ? [] : [required]),
    ],
  };
}

function bringBackSequence(fact: Fact, now: string | undefined, table: Table, { ddl }: RepairContext): Repair {
  const [, type = 'bigint', column = ''] = /^sequence "(?:[^"]|"")*" (\S+) for "((?:[^"]|"")*)"/.exec(fact.words) ?? [];
  const own = ddl.quote(fact.name ?? '');
  const owner = `${ddl.quote(table.name)}.${ddl.quote(column)}`;
  if (now !== undefined) return { advice: AGAIN, sql: [`ALTER SEQUENCE ${own} AS ${type} OWNED BY ${owner}`] };
  return {
    advice: 'Run this to bring it back, behind the highest id there is.',
    sql: [
      `CREATE SEQUENCE IF NOT EXISTS ${own} AS ${type}`,
      `ALTER SEQUENCE ${own} OWNED BY ${owner}`,
      `SELECT setval('${own.replaceAll("'", "''")}', coalesce((SELECT max(${ddl.quote(column)}) FROM ${ddl.quote(table.name)}), 0) + 1, false)`,
      `ALTER TABLE ${ddl.quote(table.name)} ALTER COLUMN ${ddl.quote(column)} SET DEFAULT nextval('${own.replaceAll("'", "''")}')`,
    ],
  };
}

function builtAnew(table: Table, { target, live, ddl }: RepairContext): Repair {
  if (target.engine === 'postgres') return BY_HAND;
  const found = live.map(factOf).filter((fact) => fact.table === table.name);
  const known = new Set([...Object.keys(table.columns), ...[...table.indexes, ...table.triggers].map((part) => part.name)]);
  const unknown = found.filter(({ kind, name }) => HOLDS_ITS_OWN.test(kind) && !known.has(name ?? ''));
  if (unknown.length > 0) {
    const names = unknown.map(({ kind, name }) => `${kind} ${name}`).join(', ');
    return {
      advice: `The table has to be built anew for it, which would lose ${names}: bring that into the model and a revision first.`,
      sql: [],
    };
  }
  return {
    advice:
      'SQLite cannot add it in place: this builds the table anew and proves that its rows are kept. Make a copy of the file first, and run it with sqlite3 -bail.',
    sql: [
      'PRAGMA foreign_keys = OFF',
      'BEGIN IMMEDIATE',
      ...rebuildStatements(rebuildFrom(table, found, ddl)),
      ...referencesHold(table.name),
      'COMMIT',
      'PRAGMA foreign_keys = ON',
    ],
  };
}

const HOLDS_ITS_OWN = /^(?:column|index|unique index|trigger)$/;

/** The rebuild of a table that is not what its revisions say: values of a column with another type may come out as another type's. */
function rebuildFrom(table: Table, found: readonly Fact[], ddl: Ddl): Rebuild {
  const { rowid, carried, ...action } = rebuildOf(table, table, []);
  const typeOf = (fact: Fact | undefined): string | undefined => COLUMN.exec(fact?.words ?? '')?.[1];
  const declared = ddl.createTable(table).flatMap((sql) => tableLines(table.name, sql).lines.map(factOf));
  const isSame = (name: string): boolean => {
    const [now, then] = [found, declared].map((facts) => facts.find((fact) => fact.kind === 'column' && fact.name === name));
    return typeOf(now) === typeOf(then);
  };
  const hasRowid = !found.some((fact) => fact.kind === 'table' && fact.words.includes('without rowid'));
  return {
    ...action,
    columns: action.columns.filter((name) => found.some((fact) => fact.kind === 'column' && fact.name === name)),
    carried: new Map([...carried].filter(([name]) => isSame(name))),
    ...(rowid === undefined || !hasRowid ? {} : { rowid }),
  };
}

/** The statements of a step; `undefined` where the engine has to build the table anew. */
function compiledInPlace(step: Step, before: State, { target }: RepairContext): string[] | undefined {
  const actions = compileStep(step, before, target);
  return actions.every((action) => action.kind === 'statement') ? actions.map((action) => action.sql) : undefined;
}

const withoutTable = (state: State, { name }: Table): State => ({
  ...state,
  tables: Object.fromEntries(Object.entries(state.tables).filter(([other]) => other !== name)),
});

function withoutPart(table: Table, name: string): Table {
  const others = <P extends { readonly name: string }>(parts: readonly P[]): P[] => parts.filter((part) => part.name !== name);
  return {
    ...table,
    columns: Object.fromEntries(Object.entries(table.columns).filter(([column]) => column !== name)),
    indexes: others(table.indexes),
    uniques: others(table.uniques),
    foreignKeys: others(table.foreignKeys),
    checks: others(table.checks),
    triggers: others(table.triggers),
  };
}
