import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '../support/journal.ts';
import { findViolations } from '../support/journal-check.ts';

const content = { amount: '1' };
const stored = (key: string, changes: object = {}) => ({ key, content, answer: '7', ...changes });
const ok: Operation = { key: 'a', content, outcome: 'ok', answer: '7' };
const fail: Operation = { key: 'a', content, outcome: 'fail', answer: 'FC_CONFLICT' };
const unknown: Operation = { key: 'a', content, outcome: 'unknown' };

test('the oracle: what may be there is no violation', () => {
  assert.deepEqual(findViolations([ok], [stored('a')]), []);
  assert.deepEqual(findViolations([fail], []), []);
  assert.deepEqual(findViolations([unknown], []), []);
  assert.deepEqual(findViolations([unknown], [stored('a', { answer: '8' })]), []);
});

test('the oracle: a lost, doubled, half-done, changed or invented write is named', () => {
  const first = (operations: Operation[], writes: ReturnType<typeof stored>[]) =>
    findViolations(operations, writes)[0] ?? 'nothing';
  assert.match(first([ok], []), /^lost: a/);
  assert.match(first([ok], [stored('a'), stored('a')]), /^doubled: a/);
  assert.match(first([unknown], [stored('a'), stored('a')]), /^doubled: a/);
  assert.match(first([fail], [stored('a')]), /^half done: a/);
  assert.match(first([ok], [stored('a', { content: { amount: '2' } })]), /^changed: a was sent/);
  assert.match(first([unknown], [stored('a', { content: { amount: '2' } })]), /^changed: a was sent/);
  assert.match(first([ok], [stored('a', { answer: '8' })]), /^changed: a was answered/);
  assert.match(first([], [stored('a')]), /^invented: a/);
});
