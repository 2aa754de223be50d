// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/db/clock.ts';
import type { Connection, Engine } from '../../src/engine/engine.ts';
import type { Revision } from '../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { replay } from '../../src/revisions/state.ts';
import type { Step } from '../../src/revisions/step.ts';
import { revisions as flashcaseRevisions } from '../../src/versions/index.ts';
import { revisions as ownRevisions } from './crash/revisions.ts';
import { fill } from './fill.ts';
import { lookAt } from './round-trip.ts';
import { seedRows } from './seed-rows.ts';
import { allVehicles } from './vehicles.ts';

/**
 * Walks a history on every engine: up with new rows at each version, down as far as there is a way, up again. After each revision the
 * schema is that of a fresh database, and all engines hold the same rows.
 */
async function walkEachRevision(
  revisions: readonly Revision[],
  isSeeded: (name: string) => boolean,
  settle: (connection: Connection, engine: Engine) => Promise<unknown> = async () => {},
): Promise<void> {
  const vehicles = allVehicles();
  const opened = await Promise.all(vehicles.map(async (vehicle) => ({ ...(await vehicle.open()), vehicle, name: vehicle.name })));
  const run = { revisions, clock: systemClock() };
  const look = (count: number, where: string) => lookAt(opened, replay(revisions.slice(0, count)), where);
  try {
    for (const [i, { id }] of revisions.entries()) {
      const before = replay(revisions.slice(0, i));
      const after = replay(revisions.slice(0, i + 1));
      for (const { engine } of opened) {
        await upgrade({ ...run, engine }, id);
        const rows = seedRows(after, ({ name }) => !(name in before.tables) && isSeeded(name));
        await fill(engine, after, rows);
        await engine.dedicated((connection) => settle(connection, engine));
      }
      await look(i + 1, `after ${id}`);
    }
    const top = await look(revisions.length, 'at the top');
    const bottom = revisions.findLastIndex((revision) => typeof revision.downgrade === 'string');
    for (let i = revisions.length - 1; i > bottom; i--) {
      const stay = revisions[i - 1]?.id ?? 'base';
      for (const { engine } of opened) await downgrade({ ...run, engine }, stay);
      await look(i, `taken back ${revisions[i]?.id}`);
    }
    for (const [i, { id }] of revisions.entries()) {
      if (i <= bottom) continue;
      for (const { engine } of opened) {
        await upgrade({ ...run, engine }, id);
        await engine.dedicated((connection) => settle(connection, engine));
      }
      await look(i + 1, `again after ${id}`);
    }
    assert.deepEqual((await look(revisions.length, 'at the top again')).form, top.form);
  } finally {
    for (const { close } of opened) await close();
  }
}

test('checklist 159: after each of FlashCase’s own revisions, up, down and up, both engines have the same schema and rows', {
  timeout: 200_000,
}, async () => {
  // The write gate brings its one row itself, with the time of the day.
  const sameTime = (connection: Connection, { capabilities }: Engine): Promise<number> =>
    connection.execute(`UPDATE write_gate SET changed_at = '2026-01-01 00:00:00.000000${capabilities.isLocalFile ? '' : '+00'}'`);
  await walkEachRevision(flashcaseRevisions, (name) => name !== 'write_gate', sameTime);
});

test('checklist 159: after each revision of a history with every kind of step, up, down and up, both engines have the same schema and rows', {
  timeout: 200_000,
}, async () => {
  const steps = ownRevisions.flatMap(({ upgrade: up, downgrade: down }) => [...up, ...(typeof down === 'string' ? [] : down)]);
  const kinds: Step['kind'][] = [
    'alterTable',
    'backfill',
    'createTable',
    'createView',
    'dropTable',
    'dropView',
    'renameTable',
    'sql',
  ];
  assert.deepEqual([...new Set(steps.map((step) => step.kind))].toSorted(), kinds);
  await walkEachRevision(ownRevisions, (name) => name === 'loan');
});
