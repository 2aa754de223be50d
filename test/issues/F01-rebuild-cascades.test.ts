import { test } from 'node:test';
import { keepsItsChildren } from '../revisions/rebuild/family.ts';

/** F1: dropping the old table deletes or empties what refers to it elsewhere, without a word. */
for (const action of ['CASCADE', 'SET NULL', 'SET DEFAULT'])
  test(`F1, F2: rebuilding a parent keeps its children and their references (ON DELETE ${action})`, () =>
    keepsItsChildren(action));
