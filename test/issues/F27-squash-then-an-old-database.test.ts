import assert from 'node:assert/strict';
import { test } from 'node:test';
import { downgrade, upgrade } from '../../src/revisions/run.ts';
import { type Bench, onFresh } from '../revisions/own-schema.ts';
import { AFTER, all, form, history, names, range, squashed } from '../revisions/squash-history.ts';
import { everydayEngines } from '../support/database.ts';

/** F27: after a squash an older database is elsewhere given everything again, or nothing. */
for (const target of everydayEngines().filter(({ name }) => !name.includes('pgbouncer'))) {
  const { skip } = target;
  const told = (title: string, work: (bench: Bench) => Promise<void>): void => {
    test(`${title} (${target.name})`, { skip }, () => onFresh(target, work));
  };

  told(
    'F27, checklist 137: a fresh database takes the squash, and is what the old revisions make, rows and all',
    async (bench) => {
      const { run, query } = bench;
      await upgrade(run(all));
      const [schema, rows] = [await form(bench), await query('SELECT id, town FROM depot')];
      await downgrade(run(all), 'base');
      assert.deepEqual(
        (await upgrade(run(history))).map((entry) => entry.id),
        ['0004', '0005'],
      );
      assert.deepEqual(await form(bench), schema);
      assert.deepEqual(
        (await query('SELECT town FROM depot')).map((row) => row.town),
        rows.map((row) => row.town),
      );
      assert.deepEqual(await names(bench), AFTER);
      await downgrade(run(history), 'base');
      assert.deepEqual(await form(bench), []);
    },
  );

  told(
    'F27, checklist 137: a database that has them all is only stamped; nothing is run, and the form kept stays',
    async (bench) => {
      const { run, query, ledger } = bench;
      await upgrade(run(range));
      await query("UPDATE depot SET town = 'Bonn'");
      const before = (await ledger()).at(-1);
      assert.deepEqual(await upgrade(run([squashed])), []);
      const [entry] = await ledger();
      assert.deepEqual(
        [entry?.name, entry?.fingerprint, entry?.appliedAt],
        [squashed.name, before?.fingerprint, before?.appliedAt],
      );
      assert.deepEqual(await names(bench), ['0004 squashed_0001_to_0004']);
      assert.deepEqual(
        (await query('SELECT town FROM depot')).map((row) => row.town),
        ['Bonn'],
      );
      assert.deepEqual(
        (await upgrade(run(history))).map((one) => one.id),
        ['0005'],
      );
      assert.deepEqual(await upgrade(run(history)), []);
    },
  );

  for (const end of [1, 2, 3]) {
    told(`F27, checklist 137: a database at ${end} of 4 gets only the rest, and then the squash’s stamp`, async (bench) => {
      const { run, query } = bench;
      await upgrade(run(range.slice(0, end)));
      await query("INSERT INTO parcel (label) VALUES ('kept')");
      assert.deepEqual(
        (await upgrade(run(history))).map((entry) => entry.id),
        all.slice(end).map((revision) => revision.id),
      );
      assert.deepEqual(await names(bench), AFTER);
      assert.deepEqual(
        (await query('SELECT label FROM parcel')).map((row) => row.label),
        ['kept'],
      );
      const made = await form(bench);
      await downgrade(run(history), 'base');
      await upgrade(run(all));
      assert.deepEqual(made, await form(bench));
    });
  }
}
