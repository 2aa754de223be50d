import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bothSides } from '../../src/revisions/history.ts';
import type { LedgerEntry } from '../../src/revisions/ledger.ts';
import { HASH_ALGORITHM, type Revision, revisionHash } from '../../src/revisions/revision.ts';
import { first, second, third } from './own-schema.ts';

const entryFor = (revision: Revision, hash = revisionHash(revision)): LedgerEntry => ({
  id: revision.id,
  name: revision.name,
  hash,
  hashAlgorithm: HASH_ALGORITHM,
  fingerprint: 'f',
  fingerprintAlgorithm: 'a',
  appliedAt: '2026-01-01 00:00:00.000000',
  durationMs: 3,
  appliedBy: 'me@here 1',
});

test('a history has both sides: pending, applied, edited, and unknown to this code', () => {
  const stranger = { ...second, id: '0002', name: 'of_another_branch' };
  const sides = bothSides([first, second, third], [entryFor(first, 'another'), entryFor(stranger), entryFor(third)]);
  assert.deepEqual(
    sides.map(({ id, name, state }) => `${id} ${name} ${state}`),
    ['0001 parcel edited', '0002 depot pending', '0002 of_another_branch unknown', '0003 parcel_note applied'],
  );
  assert.equal(sides[3]?.appliedBy, 'me@here 1');
  assert.equal(sides[1]?.appliedAt, undefined);
});
