import { ddl } from '../../../engine/postgres/ddl.ts';
import { objectName } from '../../../schema/name.ts';
import { addUnique } from '../../change.ts';
import { alterTable } from '../../step.ts';
import type { Problem } from '../finding.ts';
import { rule } from '../rule.ts';
import { safeWay } from '../safe-way.ts';
import { type ChangeSite, releasedChanges, type Scene, wayOf } from '../scene.ts';

/** Problems of changes that the online way makes harmless. */
function* unlessOnline(
  scene: Scene,
  problems: () => Iterable<readonly [what: string, site: Pick<ChangeSite, 'table' | 'change'>]>,
  then: string,
): Generator<Problem> {
  if (scene.isOnline) return;
  for (const [what, { table, change }] of problems())
    yield {
      level: 'error',
      what,
      rewrite: safeWay({
        about: `in a revision of its own: ${then}`,
        isTransactional: false,
        ...wayOf(scene, alterTable(table.name, change)),
      }),
    };
}

export const indexAndConstraintRules = [
  rule({
    id: 'index-not-concurrent',
    engines: ['postgres'],
    why: 'CREATE INDEX keeps every writer of the table out until it is built; CONCURRENTLY keeps out nobody.',
    check: (scene) =>
      unlessOnline(
        scene,
        function* () {
          for (const { change, table } of releasedChanges(scene, 'addIndex'))
            yield [`${change.index.name} is built on ${table.name} while its writers wait.`, { change, table }];
        },
        'the index is built CONCURRENTLY, by itself',
      ),
  }),
  rule({
    id: 'drop-index-not-concurrent',
    engines: ['postgres'],
    why: 'DROP INDEX takes the strongest lock on the table: it waits behind the slowest query, and every reader waits behind it (2.4 s in our measurement, behind one SELECT).',
    check: (scene) =>
      unlessOnline(
        scene,
        function* () {
          for (const { change, table } of releasedChanges(scene, 'dropIndex'))
            yield [`${change.name} is dropped from ${table.name} under the strongest lock.`, { change, table }];
        },
        'the index is dropped CONCURRENTLY, by itself',
      ),
  }),
  rule({
    id: 'unique-at-once',
    engines: ['postgres'],
    why: 'ADD CONSTRAINT UNIQUE builds its index while nobody else reads or writes the table.',
    check: (scene) =>
      unlessOnline(
        scene,
        function* () {
          for (const { change, table } of releasedChanges(scene, 'addUnique'))
            yield [`${change.unique.name} is built on ${table.name} while its readers wait.`, { change, table }];
        },
        'its index is built CONCURRENTLY first, then becomes the constraint',
      ),
  }),
  rule({
    id: 'foreign-key-at-once',
    engines: ['postgres'],
    why: 'Both tables take no writes while all rows are compared; proved apart, it holds ShareUpdateExclusive on one and RowShare on the other.',
    check: (scene) =>
      unlessOnline(
        scene,
        function* () {
          for (const { change, table } of releasedChanges(scene, 'addForeignKey'))
            yield [
              `${change.foreignKey.name} of ${table.name} is proved for all rows while writers of ${table.name} and ${change.foreignKey.references.table} wait.`,
              { change, table },
            ];
        },
        'the key is added NOT VALID and validated by itself',
      ),
  }),
  rule({
    id: 'check-at-once',
    engines: ['postgres'],
    why: 'All rows are read while nobody else reads or writes the table; NOT VALID then VALIDATE reads them under a lock that keeps out nobody.',
    check: (scene) =>
      unlessOnline(
        scene,
        function* () {
          for (const { change, table } of releasedChanges(scene, 'addCheck'))
            yield [`${change.check.name} of ${table.name} is proved for all rows at once.`, { change, table }];
          for (const { change, table } of releasedChanges(scene, 'changeColumn')) {
            const before = table.columns[change.name];
            const [old, next] = [before, change.column].map((column) =>
              column === undefined ? undefined : ddl.valueCheck(change.name, column),
            );
            if (next !== undefined && next !== old)
              yield [`The allowed values of ${table.name}.${change.name} are proved for all rows at once.`, { change, table }];
          }
        },
        'the check is added NOT VALID and validated by itself',
      ),
  }),
  rule({
    id: 'primary-key-change',
    engines: ['sqlite', 'postgres'],
    why: 'PostgreSQL builds the new key while nobody else reads or writes the table, and every foreign key that points here is dropped and proved again; SQLite builds the table anew.',
    *check(scene) {
      for (const { change, table } of releasedChanges(scene, 'changePrimaryKey'))
        yield {
          level: 'error',
          what: `${table.name} gets the primary key (${change.columns.join(', ')}).`,
          rewrite: safeWay({
            about: 'keep the key, and make what must be unique a constraint of its own',
            isTransactional: false,
            ...wayOf(scene, alterTable(table.name, addUnique(objectName('uq', table.name, ...change.columns), change.columns))),
          }),
        };
    },
  }),
] as const;
