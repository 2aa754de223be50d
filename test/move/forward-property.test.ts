// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  float64,
  generatedId,
  int64,
  type ReferenceAction,
  type Schema,
  schema,
  type Table,
  table,
  text,
} from '../../src/schema/index.ts';
import { differing, type Pair, pair } from './forward-pair.ts';
import { freshTarget, servers } from './library.ts';

interface RandomTable {
  readonly key: 'id' | 'composite' | 'partitioned';
  readonly isUnique: boolean;
  readonly isPairUnique: boolean;
  /** To the table of this number (its own included), by its id or by its unique text. */
  readonly references: readonly {
    readonly to: number;
    readonly by: 'id' | 'u';
    readonly onDelete: ReferenceAction | undefined;
    readonly onUpdate: ReferenceAction | undefined;
  }[];
}

const action = fc.constantFrom<(ReferenceAction | undefined)[]>(undefined, undefined, 'cascade', 'set null');
const randomTable: fc.Arbitrary<RandomTable> = fc.record({
  key: fc.constantFrom('id', 'id', 'composite', 'partitioned'),
  isUnique: fc.boolean(),
  isPairUnique: fc.boolean(),
  references: fc.array(fc.record({ to: fc.nat(3), by: fc.constantFrom('id', 'u'), onDelete: action, onUpdate: action }), {
    maxLength: 2,
  }),
});

/** What a row is named by, in statements about any table: `n` stands for it. */
const KEY = { id: 'id', composite: 'ka', partitioned: 'id' } as const;

function schemaOf(tables: readonly RandomTable[]): Schema {
  const made: Record<string, Table> = {};
  const named = (to: number): string => `t${to % tables.length}`;
  for (const [n, random] of tables.entries()) {
    const references: Record<string, { to: string; onDelete?: ReferenceAction; onUpdate?: ReferenceAction }> = {};
    const columns: Record<string, ReturnType<typeof int64> | ReturnType<typeof text>> = {};
    for (const { to, by, onDelete, onUpdate } of random.references) {
      const other = tables[to % tables.length] as RandomTable;
      const actions = { ...(onDelete === undefined ? {} : { onDelete }), ...(onUpdate === undefined ? {} : { onUpdate }) };
      if (by === 'id' && other.key === 'id') {
        columns[`r_${named(to)}`] = int64({ nullable: true });
        references[`r_${named(to)}`] = { to: `${named(to)}.id`, ...actions };
      } else if (other.isUnique) {
        columns[`s_${named(to)}`] = text({ nullable: true });
        references[`s_${named(to)}`] = { to: `${named(to)}.u`, ...actions };
      }
    }
    made[`t${n}`] = table(`t${n}`, {
      columns: {
        ...(random.key === 'composite' ? { ka: int64(), kb: text() } : { id: generatedId() }),
        grp: int64({ default: 1 }),
        u: text({ nullable: true }),
        w: int64({ nullable: true }),
        f: float64({ nullable: true }),
        ...columns,
      } as never,
      primaryKey: (random.key === 'composite' ? ['ka', 'kb'] : ['id']) as never,
      ...(random.key === 'partitioned' ? { partitionedKey: ['grp', 'id'] as never } : {}),
      uniques: {
        ...(random.isUnique ? { [`uq_t${n}_u`]: ['u'] } : {}),
        ...(random.isPairUnique ? { [`uq_t${n}_w`]: ['grp', 'w'] } : {}),
      } as never,
      references: references as never,
    }) as unknown as Table;
  }
  return schema(made);
}

interface Op {
  readonly kind: 'insert' | 'replace' | 'update' | 'key' | 'swap' | 'delete' | 'group';
  readonly table: number;
  readonly row: number;
  readonly other: number;
  readonly values: readonly number[];
}

const op: fc.Arbitrary<Op> = fc.record({
  kind: fc.constantFrom('insert', 'insert', 'insert', 'replace', 'update', 'update', 'key', 'swap', 'delete', 'group'),
  table: fc.nat(3),
  row: fc.nat(4),
  other: fc.nat(4),
  values: fc.array(fc.nat(4), { minLength: 6, maxLength: 6 }),
});

const LETTERS = ['NULL', "'a'", "'b'", "'c'", "'d'"];

function sqlOf({ kind, table: no, row, other, values }: Op, tables: readonly RandomTable[], of: Schema): string {
  const n = no % tables.length;
  const name = `t${n}`;
  const random = tables[n] as RandomTable;
  const key = KEY[random.key];
  const columns = Object.keys((of.tables[name] as Table).columns);
  const cellOf = (column: string): string => {
    const at = values[columns.indexOf(column) % values.length] as number;
    if (column === key) return String(row);
    if (column === 'kb') return `'${other % 2}'`;
    if (column === 'u' || column.startsWith('s_')) return LETTERS[at] as string;
    if (column === 'grp') return String(at % 2);
    return at === 0 ? 'NULL' : String(at);
  };
  switch (kind) {
    case 'insert':
    case 'replace':
      return `INSERT ${kind === 'replace' ? 'OR REPLACE ' : ''}INTO ${name} (${columns.join(', ')}) VALUES (${columns.map(cellOf).join(', ')})`;
    case 'update':
      return `UPDATE ${name} SET ${columns
        .filter((column) => column !== key && column !== 'kb')
        .map((column) => `${column} = ${cellOf(column)}`)
        .join(', ')} WHERE ${key} = ${other}`;
    case 'key':
      return `UPDATE ${name} SET ${key} = ${row} WHERE ${key} = ${other}`;
    case 'group':
      return `UPDATE ${name} SET grp = 1 - grp WHERE ${key} = ${row}`;
    case 'swap':
      return `UPDATE ${name} SET u = 'tmp' WHERE ${key} = ${row}; UPDATE ${name} SET u = ${LETTERS[1 + ((values[0] as number) % 4)]} WHERE ${key} = ${other};
        UPDATE ${name} SET u = ${LETTERS[1 + ((values[1] as number) % 4)]} WHERE u = 'tmp'`;
    case 'delete':
      return `DELETE FROM ${name} WHERE ${key} = ${row}`;
  }
}

/**
 * One transaction of an application: statements that are refused are left out, and so is the whole of it when its references do not hold.
 * That is asked before the commit: SQLite's own count of deferred references is off after an OR REPLACE of a row that its own table refers
 * to (seed 1997933224; the same file without a capture does it too), and lets an orphan through. The carrier then asks for a decision.
 */
function run({ db }: Pair, statements: readonly string[]): void {
  db.exec('BEGIN; PRAGMA defer_foreign_keys = ON');
  for (const sql of statements) {
    db.exec('SAVEPOINT one');
    try {
      db.exec(sql);
    } catch {
      db.exec('ROLLBACK TO one');
    }
    db.exec('RELEASE one');
  }
  db.exec(db.prepare('PRAGMA foreign_key_check').all().length === 0 ? 'COMMIT' : 'ROLLBACK');
}

for (const target of servers()) {
  test(`any transactions on any schema, carried in any batches, leave PostgreSQL equal to SQLite (${target.name})`, {
    skip: target.skip,
    timeout: 280_000,
  }, async (t) => {
    const url = await freshTarget(t, target);
    await fc.assert(
      fc.asyncProperty(
        fc.array(randomTable, { minLength: 1, maxLength: 4 }),
        fc.array(fc.record({ ops: fc.array(op, { minLength: 1, maxLength: 6 }), isCarried: fc.boolean() }), {
          minLength: 4,
          maxLength: 24,
        }),
        async (tables, transactions) => {
          const of = schemaOf(tables);
          const made = await pair(t, target, { of, url });
          const carrier = await made.carrier();
          try {
            for (const { ops, isCarried } of transactions) {
              const statements = ops.map((one) => sqlOf(one, tables, of));
              run(made, statements);
              if (!isCarried) continue;
              await carrier.carry();
              assert.deepEqual(await differing(made), [], statements.join(';\n'));
            }
            await carrier.carry();
            assert.deepEqual(await differing(made), []);
            assert.deepEqual((await carrier.verifyKeys()).differences, []);
          } finally {
            await carrier.close();
            made.db.close();
          }
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  });
}
