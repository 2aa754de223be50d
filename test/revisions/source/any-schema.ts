import fc from 'fast-check';
import type { Change } from '../../../src/revisions/change.ts';
import type { Step } from '../../../src/revisions/step.ts';
import type { Column, SqlText } from '../../../src/schema/column.ts';
import type { ForeignKey, Index, Table, Trigger, View } from '../../../src/schema/table.ts';

/** Any steps at all, also such as make no sense together: what is written down must come back as it was. */
export function anySteps(unit: 'grapheme' | 'grapheme-ascii'): fc.Arbitrary<Step[]> {
  const name = fc.oneof(
    fc.constantFrom(
      'parcel',
      'depot',
      'text',
      'table',
      'delete',
      'createTable',
      'parcel_note',
      '1',
      'a.b',
      'with space',
      'it"s',
      "it's",
    ),
    fc.string({ minLength: 1, maxLength: 40, unit }),
  );
  const anyText: fc.Arbitrary<string> = fc.oneof(
    fc.constantFrom('', "it's", 'say "a"', 'two\nlines', '\\', '`$' + '{x}`', '*/ // /*', '\u2028'),
    fc.string({ maxLength: 90, unit }),
  );
  const sqlText: fc.Arbitrary<SqlText> = fc.oneof(anyText, fc.record({ sqlite: anyText, postgres: anyText }));
  const names = fc.uniqueArray(name, { minLength: 1, maxLength: 4 });
  const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
  /** `undefined` as if it were not there: the model's parts are built so. */
  const sparse = <T extends object>(parts: fc.Arbitrary<T>): fc.Arbitrary<T> =>
    parts.map((value) => Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T);

  const column = sparse(
    fc.record({
      type: fc.constantFrom('int32', 'int64', 'float64', 'boolean', 'text', 'timestamp', 'bytes'),
      isNullable: fc.boolean(),
      hasDefault: fc.boolean(),
      isGenerated: fc.boolean(),
      default: optional(fc.oneof(anyText, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean())),
      oneOf: optional(fc.array(anyText, { minLength: 1, maxLength: 3 })),
      computed: optional(sqlText),
      comment: optional(anyText),
    }),
  ).map(({ default: given, ...rest }) =>
    // Times and bytes have no default.
    given === undefined || rest.type === 'timestamp' || rest.type === 'bytes' ? rest : { ...rest, default: given },
  ) as fc.Arbitrary<Column>;
  /** What a person writes: columns by the builders. */
  const builtColumn = column.map((value): Column => {
    const { default: given, computed, isNullable } = value;
    return { ...value, isGenerated: false, hasDefault: given !== undefined || computed !== undefined || isNullable };
  });
  const index = sparse(
    fc.record({
      name,
      isUnique: fc.boolean(),
      columns: fc.array(
        fc.oneof(fc.record({ name, isDescending: fc.boolean() }), fc.record({ expression: sqlText, isDescending: fc.boolean() })),
        { minLength: 1, maxLength: 3 },
      ),
      where: optional(sqlText),
    }),
  ) as fc.Arbitrary<Index>;
  const action = optional(fc.constantFrom('cascade', 'set null', 'set default', 'restrict'));
  const foreignKey = sparse(
    fc.record({
      name,
      columns: names,
      references: fc.record({ table: name, columns: names }),
      onDelete: action,
      onUpdate: action,
      isDeferred: optional(fc.boolean()),
    }),
  ) as fc.Arbitrary<ForeignKey>;
  const check = fc.record({ name, expression: sqlText });
  const unique = fc.record({ name, columns: names });
  const trigger = sparse(
    fc.record({
      name,
      timing: fc.constantFrom('before', 'after'),
      event: fc.constantFrom('insert', 'update', 'delete'),
      updateOf: optional(names),
      when: optional(sqlText),
      body: fc.record({ sqlite: anyText, postgres: anyText }),
    }),
  ) as fc.Arbitrary<Trigger>;
  const view: fc.Arbitrary<View> = fc.record({ name, query: sqlText, reads: fc.array(name, { maxLength: 3 }) });
  const few = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { maxLength: 2 });
  const table = sparse(
    fc.record({
      name,
      columns: fc.dictionary(name, fc.oneof({ weight: 4, arbitrary: builtColumn }, column), { minKeys: 1, maxKeys: 5 }),
      primaryKey: names,
      partitionedKey: optional(names),
      uniques: few(unique),
      indexes: few(index),
      foreignKeys: few(foreignKey),
      checks: few(check),
      triggers: few(trigger),
      comment: optional(anyText),
    }),
  ) as fc.Arbitrary<Table>;

  const change = sparse(
    fc.oneof(
      fc.record({ kind: fc.constant('addColumn'), name, column: builtColumn, fill: optional(sqlText) }),
      fc.record({ kind: fc.constant('changeColumn'), name, column, using: optional(sqlText) }),
      fc.record({ kind: fc.constantFrom('renameColumn', 'renameIndex', 'renameConstraint'), name, to: name }),
      fc.record({
        kind: fc.constantFrom('dropColumn', 'dropIndex', 'dropUnique', 'dropForeignKey', 'dropCheck', 'dropTrigger'),
        name,
      }),
      fc.record({ kind: fc.constant('addIndex'), index }),
      fc.record({ kind: fc.constant('addUnique'), unique }),
      fc.record({ kind: fc.constant('addForeignKey'), foreignKey }),
      fc.record({ kind: fc.constant('addCheck'), check }),
      fc.record({ kind: fc.constant('changePrimaryKey'), columns: names, partitionedKey: optional(names) }),
      fc.record({ kind: fc.constant('addTrigger'), trigger }),
      fc.record({ kind: fc.constant('changeComment'), comment: optional(anyText) }),
    ),
  ) as fc.Arbitrary<Change>;

  const step = sparse(
    fc.oneof(
      fc.record({ kind: fc.constant('createTable'), table }),
      fc.record({ kind: fc.constantFrom('dropTable', 'dropView'), name }),
      fc.record({ kind: fc.constant('renameTable'), name, to: name }),
      fc.record({ kind: fc.constant('alterTable'), table: name, changes: fc.array(change, { minLength: 1, maxLength: 4 }) }),
      fc.record({ kind: fc.constant('createView'), view }),
      fc.record({ kind: fc.constant('sql'), about: anyText, sqlite: fc.array(anyText), postgres: fc.array(anyText) }),
      fc.record({
        kind: fc.constant('backfill'),
        about: anyText,
        table: name,
        set: fc.dictionary(name, sqlText, { maxKeys: 2 }),
        where: sqlText,
        batchRows: optional(fc.integer({ min: 1 })),
      }),
    ),
  ) as fc.Arbitrary<Step>;

  return fc.array(step, { maxLength: 5 });
}
