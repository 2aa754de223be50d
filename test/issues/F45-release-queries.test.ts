import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { alterTable, backfill } from '../../src/revisions/step.ts';
import { text } from '../../src/schema/index.ts';
import { revisions } from '../../src/versions/index.ts';
import { project } from '../../src/versions/project.ts';
import { first, onFresh } from '../revisions/own-schema.ts';
import { everydayEngines } from '../support/database.ts';
import { newestRelease, queriesOf, refusedQueries } from '../support/release-queries.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../..');

/** A release that knows the label, the one after it that knows both, and the one that knows the name only. */
const releases = {
  old: ['select "id", "label" from "parcel"', 'insert into "parcel" ("label") values (\'a\')'],
  next: ['select "id", "label", "name" from "parcel"', 'insert into "parcel" ("label", "name") values (\'a\', \'a\')'],
  last: ['select "id", "name" from "parcel"', 'insert into "parcel" ("name") values (\'a\')'],
};
const expand: Revision = {
  id: '0002',
  name: 'name',
  upgrade: [
    alterTable(
      'parcel',
      { kind: 'addColumn', name: 'name', column: text({ nullable: true }) },
      { kind: 'changeColumn', name: 'label', column: text({ nullable: true }) },
    ),
    backfill({ about: 'copy the label', table: 'parcel', set: { name: 'label' }, where: 'name IS NULL AND label IS NOT NULL' }),
  ],
  downgrade: 'not needed here.',
};
const contract: Revision = {
  id: '0003',
  name: 'no_label',
  upgrade: [alterTable('parcel', { kind: 'dropColumn', name: 'label' })],
  downgrade: 'not needed here.',
  contracts: '0002',
};

for (const target of everydayEngines().filter(({ name }) => !name.includes('pgbouncer'))) {
  test(
    `F45, checklist 166: the queries of the newest release go on on today's schema (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ engine, run, direct }) => {
        await upgrade(run(revisions));
        const queries = queriesOf(newestRelease(), engine.name);
        assert.ok(queries.length >= 10, `${queries.length} queries`);
        assert.deepEqual(await direct((connection) => refusedQueries(connection, engine, queries)), []);
      }),
  );

  test(
    `F45, checklist 166: an expand keeps the old release going, a contract ends it, and its queries show it (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ engine, run, direct }) => {
        const refused = (queries: readonly string[]) => direct((connection) => refusedQueries(connection, engine, queries));
        await upgrade(run([first]));
        assert.deepEqual(await refused(releases.old), []);
        await upgrade(run([first, expand]));
        assert.deepEqual(await refused([...releases.old, ...releases.next]), []);
        await upgrade(run([first, expand, contract]));
        assert.equal((await refused(releases.old)).length, 2);
        assert.match((await refused(releases.next)).join(), /label/);
        assert.deepEqual(await refused(releases.last), []);
        const rename: Revision = {
          ...contract,
          id: '0004',
          upgrade: [alterTable('parcel', { kind: 'renameColumn', name: 'name', to: 'title' })],
        };
        await upgrade(run([first, expand, contract, rename]));
        assert.equal((await refused(releases.last)).length, 2);
      }),
  );
}

test('F45: until a release is out, the kept lists are those of today', () => {
  if (project.released !== undefined) return;
  for (const engine of ['sqlite', 'postgres']) {
    const name = `queries.${engine}.sql`;
    assert.equal(
      readFileSync(join(root, 'test/fixtures/releases', newestRelease(), name), 'utf8'),
      readFileSync(join(root, 'src/db', name), 'utf8'),
    );
  }
});
