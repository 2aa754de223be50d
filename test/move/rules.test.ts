import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FlashcaseError } from '../../src/errors/index.ts';
import type { Group } from '../../src/move/plan/findings.ts';
import { proposeRules, readRules } from '../../src/move/plan/rules.ts';
import { temporaryFolder } from './library.ts';

const group = (column: string): Group => ({
  id: 'PLAN-1',
  table: 'book',
  column,
  kind: 'nul_character',
  rows: 2,
  why: 'PostgreSQL text has no NUL character',
  remedies: ['quarantine', 'replace'],
  decided: undefined,
  examples: [
    {
      table: 'book',
      rowid: 1n,
      key: 'id=1',
      column,
      kind: 'nul_character',
      storageClass: 'text',
      shown: '"a\\u0000b"',
      why: '',
      remedies: [],
    },
  ],
});

const problemsIn = (file: string): string => {
  try {
    readRules(file);
  } catch (error) {
    assert.ok(error instanceof FlashcaseError && error.code === 'FC_MOVE_RULES_INVALID');
    return error.message;
  }
  return '';
};

describe('move.rules.yaml', () => {
  test('the proposal decides nothing; the operator does; comments stay, and later findings are added', (t) => {
    const file = join(temporaryFolder(t), 'move.rules.yaml');
    assert.equal(readRules(file), undefined);
    assert.equal(proposeRules(file, [group('body')]), 1);
    assert.deepEqual(readRules(file)?.decisions, []);
    const text = readFileSync(file, 'utf8');
    assert.match(text, /remedy: undecided # proposed: quarantine; possible: quarantine, replace/);
    writeFileSync(file, `# reviewed by two\n${text.replace('undecided #', 'replace #')}`);
    assert.deepEqual(readRules(file)?.decisions, [{ table: 'book', column: 'body', kind: 'nul_character', remedy: 'replace' }]);
    assert.equal(proposeRules(file, [group('body'), group('note')]), 1);
    assert.match(readFileSync(file, 'utf8'), /^# reviewed by two/);
    assert.equal(readRules(file)?.decisions.length, 1);
  });

  test('the same decisions have the same hash, whatever the order and the comments', (t) => {
    const folder = temporaryFolder(t);
    const entry = (column: string): string => `  - { table: book, column: ${column}, kind: fraction, remedy: round }\n`;
    writeFileSync(join(folder, 'a'), `version: 1\ndecisions:\n${entry('x')}${entry('y')}`);
    writeFileSync(join(folder, 'b'), `# other\nversion: 1\ndecisions:\n${entry('y')}${entry('x')}`);
    assert.equal(readRules(join(folder, 'a'))?.hash, readRules(join(folder, 'b'))?.hash);
  });

  for (const [name, text, said] of [
    [
      'an unknown remedy',
      'version: 1\ndecisions:\n  - table: book\n    column: a\n    kind: fraction\n    remedy: ignore\n',
      /line 6: ignore is not a remedy/,
    ],
    [
      'an unknown field',
      'version: 1\ndecisions:\n  - table: book\n    colum: a\n    column: a\n    kind: fraction\n    remedy: round\n',
      /line 4: colum is not a field/,
    ],
    [
      'a missing field',
      'version: 1\ndecisions:\n  - table: book\n    kind: fraction\n    remedy: round\n',
      /line 3: the decision has no column/,
    ],
    [
      'a decision made twice',
      `version: 1\ndecisions:\n${'  - { table: book, column: a, kind: fraction, remedy: round }\n'.repeat(2)}`,
      /line 4: the same decision is already on line 3/,
    ],
    ['another version', 'version: 2\ndecisions: []\n', /version must be 1/],
    ['broken YAML', 'version: 1\ndecisions:\n  - { table: book\n', /line \d+: /],
    ['no list', 'version: 1\n', /no list named decisions/],
  ] as const) {
    test(`${name} is refused with its line`, (t) => {
      const file = join(temporaryFolder(t), 'move.rules.yaml');
      writeFileSync(file, text);
      assert.match(problemsIn(file), said);
    });
  }
});
