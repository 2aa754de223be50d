import { test } from 'node:test';
import { keepsItsChildren } from '../revisions/rebuild/family.ts';

/** F2: the same rebuild fails elsewhere as soon as there are rows: `FOREIGN KEY constraint failed`. */
for (const action of ['NO ACTION', 'RESTRICT'])
  test(`F1, F2: rebuilding a parent keeps its children and their references (ON DELETE ${action})`, () =>
    keepsItsChildren(action));
