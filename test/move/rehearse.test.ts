// slow
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { locationOf } from '../../src/engine/postgres/engine.ts';
import { rehearsalFolderOf, rehearse } from '../../src/move/live/rehearse.ts';
import { startMove } from '../../src/move/live/start.ts';
import { freshTarget, servers } from './library.ts';
import { librarySource, liveOptionsFor, onPostgres, onSqlite } from './live.ts';

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
/** The databases that rehearsals with these ids left; other tests rehearse on the same server. */
const leftOn = async (url: string, ids: readonly string[]): Promise<string[]> => {
  const { rows } = await onPostgres(url, (client) =>
    client.query('SELECT datname FROM pg_database WHERE datname = ANY($1)', [ids.map((id) => `flashcase_rehearsal_${id}`)]),
  );
  return rows.map(({ datname }) => datname as string);
};
function withKnownIds<T extends { newId(): string }>(options: T): { options: T; ids: string[] } {
  const ids: string[] = [];
  const newId = (): string => {
    const id = options.newId();
    ids.push(id);
    return id;
  };
  return { options: { ...options, newId }, ids };
}

for (const target of servers()) {
  test(`a rehearsal moves, compares and switches a copy, says what to expect, and leaves nothing: file and target are as before (${target.name})`, {
    skip: target.skip,
    timeout: 180_000,
  }, async (t) => {
    const url = await freshTarget(t, target);
    const file = await librarySource(t, 500);
    const { options, ids } = withKnownIds({ ...liveOptionsFor(file, url), switches: 4 });
    const before = hashOf(file);
    // What a killed rehearsal leaves.
    const folder = rehearsalFolderOf(file);
    const gone = `${hostname()} pid 999999999`;
    const leave = (record: object): void => {
      mkdirSync(folder);
      writeFileSync(join(folder, 'rehearsal.json'), JSON.stringify(record));
    };
    leave({ by: gone, server: 'elsewhere:5432/x', database: 'flashcase_rehearsal_killed1' });
    await assert.rejects(rehearse(options), {
      code: 'FC_MOVE_TARGET_UNFIT',
      message: /flashcase_rehearsal_killed1 at elsewhere/,
    });
    rmSync(folder, { recursive: true });
    leave({ by: gone, server: locationOf(url), database: 'flashcase_rehearsal_killed1' });
    await onPostgres(url, (client) => client.query('CREATE DATABASE flashcase_rehearsal_killed1'));

    const rehearsed = await rehearse(options);
    assert.equal(rehearsed.verdict.isEqual, true);
    assert.equal(rehearsed.copy.tables.find(({ table }) => table === 'book')?.rowsOut, 500);
    assert.deepEqual([rehearsed.pausesMs.length, rehearsed.pausesMs.every((ms) => ms > 0)], [4, true]);
    assert.ok(rehearsed.writesPerSecond > 0);
    assert.ok(rehearsed.postgresBytes > 1_000_000 && rehearsed.logBytes > 10_000, JSON.stringify(rehearsed, undefined, 1));
    assert.equal(hashOf(file), before, 'the file was only read');
    assert.deepEqual(await leftOn(url, [...ids, 'killed1']), [], 'also of the killed one nothing is left');
    assert.equal(existsSync(folder), false);
    const { rows } = await onPostgres(url, (client) => client.query("SELECT 1 FROM pg_class WHERE relname = 'book'"));
    assert.deepEqual(rows, [], 'the target is as it was');

    const scratchUrl = await freshTarget(t, target);
    const isEmpty = async (): Promise<void> => {
      const { rows: left } = await onPostgres(scratchUrl, (client) =>
        client.query(
          "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname IN ('public', 'flashcase_move')",
        ),
      );
      assert.deepEqual(left, [], 'a database that was named is empty again');
    };
    await rehearse({ ...options, switches: 1, scratchUrl });
    await isEmpty();
    const fails = rehearse({
      ...options,
      scratchUrl,
      onStep: (step) => {
        if (step === 'held') throw new Error('in the middle');
      },
    });
    await assert.rejects(fails, /in the middle/);
    await isEmpty();

    const [first, second] = await Promise.allSettled([rehearse(options), rehearse(options)]);
    const refused = [first, second].find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    assert.equal(
      (refused?.reason as { code?: string } | undefined)?.code,
      'FC_MOVE_UNDERWAY',
      'one of two at once is refused, and the other ends well',
    );
    assert.equal([first, second].filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal(existsSync(folder), false);
  });

  test(`a rehearsal asks for decisions as a start does, and is refused in a move (${target.name})`, {
    skip: target.skip,
    timeout: 120_000,
  }, async (t) => {
    const url = await freshTarget(t, target);
    const file = await librarySource(t, 20);
    const { options, ids } = withKnownIds({ ...liveOptionsFor(file, url), switches: 1 });
    onSqlite(file, (db) => db.exec("UPDATE book SET body = 'a' || char(0) || 'b' WHERE id = 3"));
    await assert.rejects(rehearse(options), { code: 'FC_MOVE_DECISION_NEEDED' });
    assert.deepEqual(await leftOn(url, ids), []);
    onSqlite(file, (db) => db.exec("UPDATE book SET body = 'b' WHERE id = 3"));
    await startMove(options);
    await assert.rejects(rehearse(options), { code: 'FC_MOVE_UNDERWAY', message: /in a move already/ });
  });
}
