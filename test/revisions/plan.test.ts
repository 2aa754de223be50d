// slow
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { catalogQuery } from '../../src/engine/catalog-query.ts';
import type { Connection, Engine } from '../../src/engine/engine.ts';
import { applySteps, refuseOrphans } from '../../src/revisions/apply.ts';
import { targetOf } from '../../src/revisions/compile/target.ts';
import { plan, planFor } from '../../src/revisions/plan.ts';
import { planLines } from '../../src/revisions/plan-lines.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { upgrade } from '../../src/revisions/run.ts';
import { EMPTY } from '../../src/revisions/state.ts';
import { alterTable, backfill, renameTable } from '../../src/revisions/step.ts';
import { int64, text } from '../../src/schema/index.ts';
import { engines, everydayEngines } from '../support/database.ts';
import { base, fillSamples } from './effect-history.ts';
import { allSteps } from './effect-samples.ts';
import { first, hasCode, onFresh, second, third } from './own-schema.ts';

const root = resolve(fileURLToPath(import.meta.url), '../../..');
const changed: Revision = {
  id: '0004',
  name: 'packets',
  upgrade: [
    renameTable('parcel', 'packet'),
    alterTable(
      'packet',
      { kind: 'addColumn', name: 'kind', column: text({ nullable: true, oneOf: ['letter', 'box'] }) },
      { kind: 'changeColumn', name: 'grams', column: int64(), using: 'coalesce(grams, 0)' },
      { kind: 'dropColumn', name: 'note' },
    ),
  ],
  downgrade: 'not needed here.',
};
const filled: Revision = {
  id: '0005',
  name: 'kinds',
  upgrade: [backfill({ about: 'fill the kind', table: 'packet', set: { kind: "'box'" }, where: 'kind IS NULL', batchRows: 10 })],
  downgrade: [],
};
const indexed: Revision = {
  id: '0006',
  name: 'kind_index',
  upgrade: [
    alterTable('packet', {
      kind: 'addIndex',
      index: { name: 'ix_packet_kind', columns: [{ name: 'kind', isDescending: false }], isUnique: false },
    }),
  ],
  downgrade: [],
  isTransactional: false,
};
const history = [first, second, third, changed, filled, indexed];

/** Everything in the database: its objects, and every row of every table, the tool's own included. */
async function everything(connection: Connection, engine: Engine): Promise<unknown> {
  const objects = engine.capabilities.isLocalFile
    ? await catalogQuery(
        connection,
        { what: 'type', name: 'name', sql: 'sql', page: 'rootpage' },
        'FROM sqlite_schema ORDER BY 2',
      )
    : await catalogQuery(
        connection,
        { what: 'relkind::text', name: 'relname', sql: 'relfilenode::text', page: 'xmin::text' },
        "FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 2",
      );
  const tables = objects.filter(({ what }) => what === 'table' || what === 'r').map(({ name }) => engine.ddl.quote(String(name)));
  const rows = [];
  for (const table of tables) rows.push([table, await connection.query(`SELECT * FROM ${table}`)]);
  return { objects, rows, form: await engine.introspect(connection) };
}

for (const target of everydayEngines()) {
  test(
    `checklist 135: plan prints what upgrade would run, with row counts, and changes nothing (${target.name})`,
    { skip: target.skip },
    () =>
      onFresh(target, async ({ engine, run, query, direct }) => {
        await upgrade(run([first, second, third]));
        await query("INSERT INTO parcel (label, grams) VALUES ('a', 1), ('b', NULL), ('c', 3)");
        const before = await direct((connection) => everything(connection, engine));
        const planned = await plan({ engine, revisions: history });
        assert.deepEqual(await direct((connection) => everything(connection, engine)), before);

        assert.deepEqual(
          planned.revisions.map(({ id, commits }) => `${id} ${commits}`),
          ['0004 at once', '0005 piece by piece', '0006 piece by piece'],
        );
        const lines = planned.revisions.flatMap((revision) => revision.steps.flatMap((step) => step.actions));
        const change =
          lines.find((line) => line.effect.rewrites.includes('packet')) ??
          lines.find((line) => line.effect.changes.includes('packet'));
        assert.equal(change?.sizes.packet?.rows, 3, 'counted under the name it has today');
        assert.deepEqual(
          lines.flatMap((line) => (line.kind === 'backfill' ? [line.rows, line.batchRows] : [])),
          [3, 10],
        );
        assert.equal(
          lines.some((line) => line.kind === 'rebuild'),
          engine.capabilities.rebuildsTables,
        );
        const text_ = planLines(planned).join('\n');
        assert.match(text_, /3 rows/);
        assert.match(
          text_,
          engine.capabilities.rebuildsTables
            ? /build packet anew: columns id, label, grams from/
            : /AccessExclusiveLock on packet/,
        );
        assert.equal((await plan({ engine, revisions: history }, '0005')).revisions.length, 2);
        await assert.rejects(plan({ engine, revisions: history }, '0009'), hasCode('FC_REVISION_UNKNOWN'));
        assert.deepEqual((await plan({ engine, revisions: history }, 'base')).revisions, []);
        await upgrade(run(history));
        assert.deepEqual((await plan({ engine, revisions: history })).revisions, []);
      }),
  );
}

test('plan: the statements of a plan made without a database make the same schema as upgrade (postgres)', async () => {
  const [target] = engines().filter((entry) => entry.name === 'postgres 18');
  assert.ok(target);
  if (target.skip !== false) return;
  const printed = await planFor(history, targetOf('postgres', '18'));
  const forms: (readonly string[])[] = [];
  await onFresh(target, async ({ engine, run, direct }) => {
    await upgrade(run(history));
    forms.push(await direct((connection) => engine.introspect(connection)));
  });
  await onFresh(target, async ({ engine, direct }) => {
    await direct(async (connection) => {
      for (const { steps, commits } of printed.revisions) {
        if (commits === 'at once') await connection.script('BEGIN');
        for (const { actions } of steps)
          for (const line of actions) if (line.kind !== 'rebuild') await connection.script(line.sql);
        if (commits === 'at once') await connection.script('COMMIT');
      }
      forms.push(await engine.introspect(connection));
    });
  });
  assert.deepEqual(forms[1], forms[0]);
});

test('checklist 165: the plans for SQLite 3.40 and 3.53 give the same schema and the same rows for every kind of change', async () => {
  const [sqlite] = engines();
  assert.ok(sqlite);
  let differing = 0;
  for (const [name, step] of allSteps) {
    if (step.kind === 'alterTable' && step.changes.some((change) => change.kind === 'addColumn' && change.column.isGenerated))
      continue;
    const revision: Revision = { id: '0002', name: 'change', upgrade: [step], downgrade: [] };
    const outcomes: unknown[] = [];
    const kinds: string[] = [];
    for (const version of ['3.40', '3.53']) {
      const target = targetOf('sqlite', version);
      const printed = await planFor([base, revision], target, '0001');
      kinds.push(
        printed.revisions.flatMap(({ steps }) => steps.flatMap(({ actions }) => actions.map(({ kind }) => kind))).join(),
      );
      await onFresh(sqlite, async ({ engine, direct }) => {
        await direct(async (connection) => {
          await connection.script('PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE');
          const state = await applySteps(connection, engine, target, base, base.upgrade, EMPTY);
          await fillSamples(connection, engine, 5);
          await applySteps(connection, engine, target, revision, revision.upgrade, state);
          await refuseOrphans(connection, engine, revision);
          await connection.script('COMMIT');
          const tables = await catalogQuery(
            connection,
            { name: 'name' },
            "FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY 1",
          );
          const rows = [];
          for (const table of tables) rows.push(await connection.query(`SELECT * FROM ${engine.ddl.quote(String(table.name))}`));
          outcomes.push({ form: await engine.introspect(connection), rows });
        });
      });
    }
    assert.deepEqual(outcomes[0], outcomes[1], name);
    if (kinds[0] !== kinds[1]) differing++;
  }
  assert.ok(differing >= 5, `only ${differing} plans differ between the versions`);
});

test('checklist 135: db plan and db lint leave a file as it is, byte for byte: one of FlashCase and one of somebody else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-plan-'));
  try {
    const file = join(folder, 'there.db');
    const flashcase = (...args: string[]): { status: number | null; text: string } => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'bin/flashcase.mjs'), 'db', ...args], {
        env: { ...process.env, DATABASE_URL: `sqlite:///${file}`, NODE_NO_WARNINGS: '1' },
        cwd: folder,
      });
      return { status, text: `${stdout.toString()}${stderr.toString()}` };
    };
    // Another program's file keeps no WAL; opening it to write would give it one.
    const other = new DatabaseSync(file);
    other.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)');
    other.close();
    const bytes = readFileSync(file);
    assert.match(flashcase('plan').text, /FC_SCHEMA_UNKNOWN/);
    flashcase('lint');
    assert.deepEqual(readFileSync(file), bytes);
    rmSync(file);
    assert.equal(flashcase('upgrade').status, 0);
    const upgraded = readFileSync(file);
    assert.match(flashcase('plan').text, /nothing to do/);
    assert.equal(flashcase('lint').status, 0);
    assert.deepEqual(readFileSync(file), upgraded);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('plan: flashcase db plan makes no database, and prints the plan of another version on this machine', () => {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-plan-'));
  try {
    const file = join(folder, 'none.db');
    const flashcase = (...args: string[]): string =>
      execFileSync(process.execPath, [join(root, 'bin/flashcase.mjs'), 'db', 'plan', ...args], {
        env: { ...process.env, DATABASE_URL: `sqlite:///${file}`, NODE_NO_WARNINGS: '1' },
        cwd: folder,
      }).toString();
    assert.match(flashcase(), /revisions? to apply\. Nothing was changed/);
    assert.equal(existsSync(file), false);
    const { plans } = JSON.parse(flashcase('--json', '--target', 'sqlite=3.40', 'postgres=15')) as {
      plans: { target: { version: number[] } }[];
    };
    assert.deepEqual(
      plans.map((entry) => entry.target.version),
      [
        [3, 40],
        [15, 0],
      ],
    );
    assert.equal(existsSync(file), false);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
