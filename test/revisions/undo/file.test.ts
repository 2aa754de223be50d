import assert from 'node:assert/strict';
import { chmodSync, chownSync, copyFileSync, lstatSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { KeptCopy } from '../../../src/revisions/undo/copies.ts';
import { undo } from '../../../src/revisions/undo/undo.ts';
import { atFirst, beside, upgraded } from './at-first.ts';
import { history, undoing } from './parcels.ts';

test('SQLite: behind a symbolic link the real file is copied and exchanged; the link stays a link', () =>
  atFirst(async (bench, file) => {
    const link = join(dirname(file), 'link.db');
    symlinkSync(file, link);
    const linked = { ...bench.place, url: `sqlite:///${link}` };
    await upgraded({ ...bench, place: linked }, history.slice(0, 2));
    const undone = await undo(undoing(linked, { revisions: history.slice(0, 2) }));
    assert.ok(undone.how === 'copy');
    assert.ok(lstatSync(link).isSymbolicLink());
    assert.ok(undone.keptAside.startsWith(file), 'aside beside the real file');
  }));

test('SQLite: a copy and what undo leaves have the rights and the owner of the database', () =>
  atFirst(async (bench, file) => {
    chmodSync(file, 0o600);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) chownSync(file, 1000, 1000);
    const copies = await upgraded(bench, history.slice(0, 2));
    assert.deepEqual(
      copies.map((copy) => statSync(copy.file).mode & 0o777),
      [0o600],
    );
    await undo(undoing(bench.place, { revisions: history.slice(0, 2) }));
    const { mode, uid } = statSync(file);
    assert.equal(mode & 0o777, 0o600);
    if (isRoot) assert.equal(uid, 1000);
  }));

test('SQLite: a clock that was set back takes no copy just made for the oldest', () =>
  atFirst(async (bench, file) => {
    for (const time of ['20990101T000000000001Z', '20990101T000000000002Z', '20990101T000000000003Z'])
      copyFileSync(file, `${file}.before-0000-${time}`);
    const copies: KeptCopy[] = await upgraded(bench, history.slice(0, 2));
    assert.ok(copies.every((copy) => !copy.removed.includes(copy.file)));
    assert.ok(beside(file).some((name) => name.includes('before-0002-')));
  }));
