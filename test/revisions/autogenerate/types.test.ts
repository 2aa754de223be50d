// slow
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlashcaseError } from '../../../src/errors/index.ts';
import { downgrade, upgrade } from '../../../src/revisions/run.ts';
import { autogenerate } from '../../../src/revisions/source/autogenerate.ts';
import { EMPTY, replay } from '../../../src/revisions/state.ts';
import { describeStep } from '../../../src/revisions/step.ts';
import {
  boolean,
  bytes,
  type ColumnType,
  float64,
  generatedId,
  int32,
  int64,
  type Schema,
  table,
  text,
  timestamp,
} from '../../../src/schema/index.ts';
import { onFresh, quickEngines } from '../own-schema.ts';
import { model } from './story.ts';

const BUILDERS = { boolean, bytes, float64, int32, int64, text, timestamp };
const TYPES = Object.keys(BUILDERS) as ColumnType[];
const of = (type: ColumnType): Schema =>
  model([table('box', { columns: { id: generatedId(), v: BUILDERS[type]({ nullable: true }) }, primaryKey: ['id'] })]);

/** A value each type holds, as each engine is given it. */
const VALUES: Record<ColumnType, { sqlite: string; postgres: string }> = {
  boolean: { sqlite: '1', postgres: 'true' },
  bytes: { sqlite: "x'61'", postgres: "'\\x61'" },
  float64: { sqlite: '2.0', postgres: '2.0' },
  int32: { sqlite: '1', postgres: '1' },
  int64: { sqlite: '1', postgres: '1' },
  text: { sqlite: "'1'", postgres: "'1'" },
  timestamp: { sqlite: "'2020-01-02 03:04:05.000006'", postgres: "'2020-01-02 03:04:05.000006+00'" },
};

interface Outcome {
  readonly isRefused: boolean;
  readonly value?: string;
}

const running = quickEngines().filter(({ name, skip }) => skip === false && !name.includes('pgbouncer'));

/** What becomes of one value when its column changes its type, and that it comes back as it was. */
async function change(target: (typeof running)[number], from: ColumnType, to: ColumnType, literal: string): Promise<Outcome> {
  let outcome: Outcome | undefined;
  await onFresh(target, async ({ run, query }) => {
    const first = { id: '0001', name: 'from', ...autogenerate(EMPTY, of(from)) };
    const second = { id: '0002', name: 'to', ...autogenerate(replay([first]), of(to)) };
    assert.deepEqual(second.upgrade.map(describeStep), ['change table box: change column v']);
    await upgrade(run([first]));
    // An empty table may become anything, with one row without a value too.
    await query('INSERT INTO box (v) VALUES (NULL)');
    await upgrade(run([first, second]));
    await downgrade(run([first, second]), '0001');
    await query(`INSERT INTO box (v) VALUES (${literal})`);
    const shown = async () => (await query('SELECT v FROM box WHERE v IS NOT NULL'))[0]?.v;
    const before = await shown();
    try {
      await upgrade(run([first, second]));
    } catch (error) {
      assert.ok(error instanceof FlashcaseError && error.code === 'FC_REVISION_FAILED', String(error));
      assert.deepEqual(await shown(), before, 'a refused change leaves the value');
      outcome = { isRefused: true };
      return;
    }
    const after = await shown();
    outcome = { isRefused: false, value: after instanceof Uint8Array ? Buffer.from(after).toString() : String(after) };
    try {
      await downgrade(run([first, second]), '0001');
      assert.deepEqual(await shown(), before, 'the way back gives another value');
    } catch (error) {
      // No conversion leads back: then it says so and leaves the value.
      assert.ok(error instanceof FlashcaseError && error.code === 'FC_REVISION_FAILED', String(error));
    }
  });
  return outcome as Outcome;
}

const plain = (value: string | undefined): string | undefined =>
  ({ true: '1', false: '0' })[value ?? ''] ?? value?.replace(/ UTC$|\.0$/, '');

/** The same answer on each engine; `undefined` for a refusal. */
async function everywhere(
  from: ColumnType,
  to: ColumnType,
  literals: { sqlite: string; postgres: string },
): Promise<string | undefined> {
  const outcomes = await Promise.all(
    running.map((target) => change(target, from, to, target.name === 'sqlite' ? literals.sqlite : literals.postgres)),
  );
  const [first, ...others] = outcomes.map(({ isRefused, value }) => (isRefused ? undefined : plain(value)));
  for (const other of others) assert.equal(other, first, `${from} to ${to}: the engines disagree`);
  return first;
}

for (const from of TYPES) {
  test(`checklist 7, F14: ${from} to each other type is found, and has one answer on every engine`, {
    timeout: 240_000,
  }, async () => {
    for (const to of TYPES) {
      if (to === from)
        assert.deepEqual(autogenerate(replay([{ id: '0001', name: 'a', ...autogenerate(EMPTY, of(from)) }]), of(to)).upgrade, []);
      else await everywhere(from, to, VALUES[from]);
    }
  });
}

const same = (literal: string) => ({ sqlite: literal, postgres: literal });

for (const [from, to, literal, becomes] of [
  ['text', 'int32', "'7'", '7'],
  ['text', 'int32', "'007'", undefined],
  ['text', 'int32', "'x1'", undefined],
  ['text', 'int32', "''", undefined],
  ['text', 'int32', "' 7'", undefined],
  ['text', 'int32', "'-7'", '-7'],
  ['text', 'int32', "'2147483648'", undefined],
  ['text', 'int64', "'9223372036854775807'", '9223372036854775807'],
  ['text', 'int64', "'9223372036854775808'", undefined],
  ['int64', 'int32', '2147483648', undefined],
  ['int64', 'int32', '-2147483648', '-2147483648'],
  ['int64', 'float64', '9007199254740993', undefined],
  ['int64', 'boolean', '2', undefined],
  ['int32', 'boolean', '0', '0'],
  ['float64', 'int64', '1.5', undefined],
  ['float64', 'int32', '-3.0', '-3'],
  ['text', 'timestamp', "'2020-01-02'", undefined],
  ['text', 'timestamp', "'yesterday'", undefined],
  ['text', 'timestamp', "'2020-01-02 03:04:05.000006'", '2020-01-02 03:04:05.000006'],
  ['text', 'boolean', "'true'", undefined],
  ['text', 'bytes', "'ä'", 'ä'],
] as const) {
  const what = becomes === undefined ? 'is refused' : `becomes ${becomes}`;
  test(`F14: ${literal} from ${from} to ${to} ${what} on every engine`, async () => {
    assert.equal(await everywhere(from, to, same(literal)), becomes);
  });
}
