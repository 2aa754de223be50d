// slow
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startMove } from '../../src/move/live/start.ts';
import { compareTexts } from '../../src/move/verify/compare-text.ts';
import { type Difference, verifyTable } from '../../src/move/verify/find-differences.ts';
import { type SelfTest, selfTest, VERIFIER, type Verifier } from '../../src/move/verify/self-test/self-test.ts';
import { contentOf, freshTarget, library, newSource, servers, temporaryFolder } from './library.ts';
import { librarySource, liveOptionsFor, onPostgres } from './live.ts';

/** However empty the tables are: the self-test brings tables of its own. */
const KINDS = 57;

const unseen = ({ kinds, falseAlarms }: SelfTest): string[] => [
  ...falseAlarms.map((alarm) => `false alarm: ${alarm}`),
  ...kinds.flatMap(({ name, unseen: places }) => places.map(({ place, by }) => `${name} at ${place} by ${by}`)),
];

for (const target of servers()) {
  test(`the self-test plants more than 25 kinds of damage at every column, and the comparison names each (${target.name})`, {
    skip: target.skip,
    timeout: 240_000,
  }, async (t) => {
    const url = await freshTarget(t, target);
    const options = liveOptionsFor(await librarySource(t), url);
    await startMove(options);
    const before = await contentOf(url);
    const started = performance.now();
    const result = await selfTest({ schema: library, targetUrl: url, events: options.events });
    t.diagnostic(
      `${Math.round(performance.now() - started)} ms, ${result.kinds.length} kinds, ${result.kinds.reduce((n, { planted }) => n + planted, 0)} places`,
    );
    assert.deepEqual(unseen(result), []);
    assert.equal(result.kinds.length, KINDS);
    assert.equal(result.isPassed, true);
    assert.equal(await contentOf(url), before, 'the target is not changed');
    const { rows } = await onPostgres(url, (client) =>
      client.query("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'flashcase_move_%'"),
    );
    assert.deepEqual(rows, []);
  });
}

/** A verifier that reports nothing about what it is told not to look at. */
function blindFor(of: (difference: Difference) => boolean): Verifier {
  const partly =
    (verify: typeof verifyTable): typeof verifyTable =>
    async (...given) => {
      const verdict = await verify(...given);
      const differences = verdict.differences.filter((difference) => !of(difference));
      return { ...verdict, differences, differing: differences.length };
    };
  return { ...VERIFIER, tables: { digests: partly(verifyTable), texts: partly(compareTexts) } };
}

test('the self-test says which damage a comparison misses that skips a column, or a kind of row', {
  timeout: 240_000,
}, async (t) => {
  const url = await freshTarget(t);
  const options = liveOptionsFor(await librarySource(t, 20), url);
  await startMove(options);
  const tested = (verifier: Verifier): Promise<SelfTest> =>
    selfTest({ schema: library, targetUrl: url, events: options.events, rowsPerTable: 20, verifier });
  const withoutPages = await tested(blindFor(({ table, column }) => table === 'book' && column === 'pages'));
  assert.equal(withoutPages.isPassed, false);
  assert.deepEqual(
    [...new Set(unseen(withoutPages))].toSorted(),
    ['integer: off by one', 'integer: the other sign', 'a value: NULL instead of it', 'values of two rows swapped']
      .flatMap((kind) => ['digests', 'texts'].map((by) => `${kind} at book.pages by ${by}`))
      .toSorted(),
  );
  const withoutExtra = await tested(blindFor(({ source }) => source === 'no row'));
  assert.deepEqual(
    [...new Set(withoutExtra.kinds.filter(({ unseen: places }) => places.length > 0).map(({ name }) => name))].toSorted(),
    ['quarantine: a row set aside is in its table as well', 'quarantine: a row too much', 'row: there twice', 'row: too much'],
  );
  const withoutSchema = await tested({ ...VERIFIER, catalog: async () => ({ schemaDifferences: [], sequenceProblems: [] }) });
  assert.ok(
    withoutSchema.kinds.filter(({ name }) => /^(schema|sequence)/.test(name)).every(({ unseen: places }) => places.length > 0),
  );
});

test('the self-test plants every kind of damage also in a target without a row', { timeout: 240_000 }, async (t) => {
  const url = await freshTarget(t);
  const file = join(temporaryFolder(t), 'source.db');
  (await newSource(file)).close();
  const options = liveOptionsFor(file, url);
  await assert.rejects(selfTest({ schema: library, targetUrl: url, events: options.events }), { code: 'FC_MOVE_TARGET_UNFIT' });
  await startMove(options);
  const result = await selfTest({ schema: library, targetUrl: url, events: options.events });
  assert.deepEqual([result.isPassed, result.kinds.length, result.rows], [true, KINDS, 0], unseen(result).join('; '));
});

test('the self-test fails when a comparison reports a difference where there is none', { timeout: 240_000 }, async (t) => {
  const url = await freshTarget(t);
  const options = liveOptionsFor(await librarySource(t, 5), url);
  await startMove(options);
  const alarmed: typeof verifyTable = async (...given) => {
    const verdict = await verifyTable(...given);
    const made = { table: verdict.table, key: 'id=1', column: 'made_up', source: '1', target: '2', why: '' };
    return { ...verdict, differing: verdict.differing + 1, differences: [...verdict.differences, made] };
  };
  const { isPassed, falseAlarms } = await selfTest({
    schema: library,
    targetUrl: url,
    events: options.events,
    verifier: { ...VERIFIER, tables: { digests: alarmed } },
  });
  assert.deepEqual([isPassed, falseAlarms[0]], [false, 'author id=1 made_up (digests)']);
});
