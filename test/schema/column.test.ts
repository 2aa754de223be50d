import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytes, text, timestamp } from '../../src/schema/index.ts';

test('T-10: a time in the schema would mean another moment on each server: times and bytes have no default', () => {
  assert.throws(() => timestamp({ default: '2026-01-01 00:00:00.000000' }), /type timestamp has no default/);
  assert.throws(() => bytes({ default: '' }), /type bytes has no default/);
  assert.equal(text({ default: '' }).default, '');
});
