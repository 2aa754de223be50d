import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const folder = resolve(fileURLToPath(import.meta.url), '../..');

/** Numbers that the list of cases does not have. */
const LEFT_OUT = [18, 27, 29, 40, 61, 84, 98, 105, 164];
const LAST = 167;

/** Cases of the list that need what this engine does not have, each with the reason. */
const NOT_OURS: Readonly<Record<number, string>> = {
  20: 'INCLUDE: SQLite has no such columns, and the model has what both engines do alike. One made by hand is drift, read word for word.',
  21: 'NULLS NOT DISTINCT: SQLite has none, so the model has none. One made by hand is drift, read word for word.',
  22: 'Operator classes: SQLite has none, so the model has none. One made by hand is drift, read word for word.',
  26: 'A column has no unique flag: there is one way to say each, so two spellings of the same cannot be told apart wrongly.',
  52: 'Identity columns have options that SQLite lacks: a generated id is a sequence with none. Another sequence or an identity is drift.',
  74: 'Every table of the model is STRICT and has a rowid; there is nothing to switch. Of others these flags are kept (F12), of ours they are drift.',
  77: 'No filters: what the model does not say is never changed, only told of as extra (76, 78).',
  138: 'Nothing is optimised step by step: a squash is the schema at its end, compared with nothing (137).',
};

const titles = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts') && basename(file) !== 'checklist.test.ts')
  .flatMap((file) => [...readFileSync(join(folder, file), 'utf8').matchAll(/checklist (\d+(?:-\d+)?(?:, \d+(?:-\d+)?)*)[^\d.]/g)])
  .flatMap(([, numbers = '']) => numbers.split(', '));

test('every case of the checklist has a test with its number in the title, or a reason why there is none', () => {
  const tested = new Set(
    titles.flatMap((range) => {
      const [from = 0, to = from] = range.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    }),
  );
  const all = Array.from({ length: LAST }, (_, i) => i + 1).filter((number) => !LEFT_OUT.includes(number));
  assert.deepEqual(
    all.filter((number) => !tested.has(number) && !(number in NOT_OURS)),
    [],
    'neither a test nor a reason',
  );
  assert.deepEqual(
    [...tested].filter((number) => number in NOT_OURS || !all.includes(number)),
    [],
    'a reason besides a test, or a number that is none',
  );
});
