// slow
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import type { Engine } from '../../../src/engine/engine.ts';
import { readProgress } from '../../../src/revisions/progress.ts';
import type { Revision } from '../../../src/revisions/revision.ts';
import { downgrade, upgrade } from '../../../src/revisions/run.ts';
import { alterTable, createTable, dropTable, renameTable } from '../../../src/revisions/step.ts';
import { copiesOf, type KeptCopy } from '../../../src/revisions/undo/copies.ts';
import { describeLoss } from '../../../src/revisions/undo/losses.ts';
import { downgradeLosses, undo } from '../../../src/revisions/undo/undo.ts';
import { generatedId, table, text } from '../../../src/schema/index.ts';
import { type Bench, hasCode, onFresh, quickEngines } from '../own-schema.ts';
import { fileOf } from './at-first.ts';
import { making, openAt, undoing } from './parcels.ts';

/** What others write between two pieces of a way back that is committed piece by piece. */
const boxes = (name: string) => table(name, { columns: { id: generatedId(), label: text() }, primaryKey: ['id'] });
const widening: Revision = {
  id: '0002',
  name: 'boxes',
  isTransactional: false,
  upgrade: [
    createTable(boxes('box')),
    createTable(boxes('crate')),
    renameTable('depot', 'store'),
    alterTable('parcel', { kind: 'addColumn', name: 'note', column: text({ nullable: true }) }),
    alterTable('store', { kind: 'addColumn', name: 'street', column: text({ nullable: true }) }),
  ],
  downgrade: [
    alterTable('parcel', { kind: 'dropColumn', name: 'note' }),
    dropTable('crate'),
    renameTable('store', 'depot'),
    dropTable('box'),
    alterTable('depot', { kind: 'dropColumn', name: 'street' }),
  ],
};
const history = [making, widening];

interface Write {
  readonly statement: string;
  readonly where: string;
  /** What the table is called before and after the piece that renames it. */
  readonly tables: readonly string[];
}

const WRITES: readonly Write[] = [
  { statement: "UPDATE parcel SET note = 'meanwhile'", where: "note = 'meanwhile'", tables: ['parcel'] },
  { statement: "INSERT INTO crate (label) VALUES ('meanwhile')", where: 'true', tables: ['crate'] },
  { statement: "INSERT INTO box (label) VALUES ('meanwhile')", where: 'true', tables: ['box'] },
  { statement: "UPDATE depot SET street = 'meanwhile'", where: "street = 'meanwhile'", tables: ['depot'] },
  { statement: "UPDATE store SET street = 'meanwhile'", where: "street = 'meanwhile'", tables: ['store', 'depot'] },
];

/** How many rows have what was written; none where the table or the column is gone. */
async function found({ where, tables }: Write, ask: (sql: string) => Promise<unknown>): Promise<number> {
  for (const name of tables) {
    const count = await ask(`SELECT count(*) AS id FROM ${name} WHERE ${where}`).then(Number, () => 0);
    if (count > 0) return count;
  }
  return 0;
}

/** The engine, with something done after each commit on a connection of a revision. */
function behindCommits(engine: Engine, then: () => Promise<void>): Engine {
  return {
    ...engine,
    dedicated: (work) =>
      engine.dedicated((connection) =>
        work({
          get kysely() {
            return connection.kysely;
          },
          query: (text, parameters) => connection.query(text, parameters),
          execute: (text, parameters) => connection.execute(text, parameters),
          async script(text) {
            await connection.script(text);
            if (text === 'COMMIT') await then();
          },
        }),
      ),
  };
}

async function widened(bench: Bench): Promise<void> {
  await upgrade(bench.run([making]));
  await bench.query("INSERT INTO depot (town) VALUES ('Aa')");
  await bench.query("INSERT INTO parcel (label) VALUES ('one')");
  await upgrade(bench.run(history));
}

/** Undoes, while somebody else writes behind the nth commit. Returns what was acknowledged; nothing when it was over before. */
async function undoWith(bench: Bench, nth: number): Promise<Write[] | undefined> {
  let commits = 0;
  const acknowledged: Write[] = [];
  const then = async (): Promise<void> => {
    commits += 1;
    if (commits !== nth) return;
    for (const write of WRITES)
      await bench.query(write.statement).then(
        () => acknowledged.push(write),
        // It is gone, and the writer knows.
        () => {},
      );
  };
  await undo(undoing(bench.place, { revisions: history, open: () => behindCommits(openAt(bench.place), then) })).catch(
    hasCode('FC_REVISION_DECISION_NEEDED', /would be lost .*\(1\)/, /--discard-writes/),
  );
  return commits < nth ? undefined : acknowledged;
}

for (const target of quickEngines()) {
  test(`a row acknowledged between two pieces of a way back is never lost without a word: undo stops before it, and the same command finishes (${target.name})`, {
    skip: target.skip,
  }, async () => {
    let stopped = 0;
    for (let nth = 1, isOver = false; !isOver; nth++)
      await onFresh(target, async (bench) => {
        await widened(bench);
        const acknowledged = await undoWith(bench, nth);
        isOver = acknowledged === undefined;
        if (acknowledged === undefined || acknowledged.length === 0) return;
        stopped += 1;
        const refuseLost = async (): Promise<void> => {
          for (const write of acknowledged)
            assert.equal(
              await found(write, async (sql) => (await bench.query(sql))[0]?.id),
              1,
              `behind commit ${nth}: ${write.statement}`,
            );
        };
        await refuseLost();
        // What both commands say of a half.
        const losses = await downgradeLosses(bench.engine, history, await bench.ledger(), '0001');
        assert.match(losses.flatMap((each) => each.losses.map(describeLoss)).join('\n'), /^(would be lost .*\(1\)\n?)+$/);
        const begun = await bench.direct((connection) => readProgress(connection, bench.engine));
        await assert.rejects(
          undo(undoing(bench.place, { revisions: history })),
          hasCode(
            'FC_REVISION_DECISION_NEEDED',
            begun.length === 0 ? /back revision 0002/ : /the rest of revision 0002/,
            /would be lost .*\(1\)/,
          ),
        );
        await refuseLost();
        if (nth % 2 === 0) await downgrade(bench.run(history, { keep: {} }), '0001');
        else await undo(undoing(bench.place, { revisions: history, discardsWrites: true }));
        assert.deepEqual(await bench.direct((connection) => readProgress(connection, bench.engine)), []);
        assert.deepEqual(
          (await bench.ledger()).map(({ id }) => id),
          ['0001'],
        );
        if (!bench.engine.capabilities.isLocalFile) return;
        for (const write of acknowledged) {
          const inCopies = await Promise.all(copiesOf(fileOf(bench.place)).map(({ file }) => found(write, inFile(file))));
          assert.ok(inCopies.includes(1), 'the copies made just before have what was discarded');
        }
      });
    assert.ok(stopped > 3, `${stopped} times something was written that the way back would have taken`);
  });
}

const inFile =
  (file: string) =>
  async (sql: string): Promise<unknown> => {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      return db.prepare(sql).get()?.id;
    } finally {
      db.close();
    }
  };

const narrowing: Revision = {
  id: '0002',
  name: 'less',
  isTransactional: false,
  upgrade: [
    createTable(boxes('box')),
    alterTable('parcel', { kind: 'dropColumn', name: 'grams' }),
    dropTable('stamp'),
    createTable(boxes('crate')),
  ],
  downgrade: 'not needed here.',
};

test('what somebody writes between two pieces of an upgrade into what a later one drops is in a copy; undo goes back to before the first (sqlite)', async () => {
  const target = quickEngines().find(({ name }) => name === 'sqlite');
  assert.ok(target !== undefined);
  for (const isWritten of [true, false])
    await onFresh(target, async (bench) => {
      await upgrade(bench.run([making]));
      await bench.query("INSERT INTO parcel (label, grams) VALUES ('one', 5)");
      let commits = 0;
      let writtenBehind = 0;
      const told: KeptCopy[] = [];
      const engine = behindCommits(bench.engine, async () => {
        commits += 1;
        if (!isWritten || writtenBehind > 0) return;
        const begun = await bench.direct((connection) => readProgress(connection, bench.engine));
        if (begun.length === 0) return;
        writtenBehind = commits;
        await bench.query('UPDATE parcel SET grams = 77');
      });
      const run = { ...bench.run([making, narrowing], { keep: { onCopy: (copy) => told.push(copy) } }), engine };
      await upgrade(run);
      const copies = copiesOf(fileOf(bench.place));
      assert.deepEqual(
        copies.map(({ part }) => part),
        isWritten ? [undefined, 2] : [undefined],
        'a copy more only where somebody wrote',
      );
      assert.deepEqual(
        told.map(({ part }) => part),
        copies.map(({ part }) => part),
      );
      const gramsIn = (file: string) => inFile(file)('SELECT grams AS id FROM parcel');
      assert.equal(await gramsIn((copies[0] as { file: string }).file), 5);
      if (!isWritten) return;
      assert.equal(await gramsIn((copies[1] as { file: string }).file), 77);
      await undo(undoing(bench.place, { revisions: [making, narrowing], discardsWrites: true }));
      assert.equal(await gramsIn(fileOf(bench.place)), 5);
    });
});
