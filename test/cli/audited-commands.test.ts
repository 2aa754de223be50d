import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from 'commander';
import { AUDITED, isAudited } from '../../src/cli/audit/audited-commands.ts';
import { GROUPS } from '../../src/cli/groups.ts';

const leavesOf = (command: Command, path: string): string[] =>
  command.commands.length === 0 ? [path] : command.commands.flatMap((inner) => leavesOf(inner, `${path} ${inner.name()}`));

test('each command there is says whether it is kept in the audit trail; one that nobody named is kept', async () => {
  const paths: string[] = [];
  for (const [name, group] of Object.entries(GROUPS)) paths.push(...leavesOf((await group.load())(), name));
  assert.deepEqual(Object.keys(AUDITED).toSorted(), paths.toSorted());
  assert.deepEqual([isAudited('user disable'), isAudited('user list'), isAudited('of tomorrow')], [true, false, true]);
});
