import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { referencePages } from '../../scripts/reference.ts';
import { exitCodes, exitCodesOf, explainExitCodes } from '../../src/cli/exit-codes.ts';
import { GROUPS } from '../../src/cli/groups.ts';
import { registry } from '../../src/errors/index.ts';

/** The commands below one that do something, each with all its words. */
function leavesOf(command: Command, path: string): [path: string, leaf: Command][] {
  if (command.commands.length === 0) return [[path, command]];
  return command.commands.flatMap((inner) => leavesOf(inner, `${path} ${inner.name()}`));
}

test('the reference has every command with its usage, options and exit codes, as its own --help says them', async () => {
  const pages = await referencePages();
  for (const [name, group] of Object.entries(GROUPS)) {
    const page = pages.get(`${name}.md`) ?? '';
    const command = explainExitCodes((await group.load())());
    for (const [path, leaf] of leavesOf(command, `flashcase ${name}`)) {
      const start = page.indexOf(`## ${path}\n`);
      assert.notEqual(start, -1, `${path} is missing`);
      assert.notEqual(leaf.description(), '', `${path} does not say what it does`);
      const [, own = ''] = page.slice(start).split(/^## /m);
      let help = '';
      leaf.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      for (const option of leaf.options) {
        assert.ok(own.includes(option.flags), `${path} ${option.flags}`);
        assert.ok(help.includes(option.flags));
      }
      for (const [code, meaning] of exitCodesOf(leaf)) {
        assert.ok(own.includes(`| ${code} | ${meaning} |`), `${path}: exit code ${code}`);
        assert.ok(help.includes(`${String(code).padEnd(3)}  ${meaning}`), `--help of ${path}: exit code ${code}`);
      }
    }
  }
});

test('the reference says of every code of an error what it means and what to do first', async () => {
  const page = (await referencePages()).get('errors.md') ?? '';
  for (const [name, { about }] of Object.entries(registry)) {
    assert.match(about, /^[A-Z].{20,}\.$/, name);
    assert.ok(page.includes(`| \`${name}\` | ${about} |`), name);
  }
});

test('a command that says nothing has the exit codes all have; what it says itself wins', () => {
  assert.deepEqual(
    exitCodesOf(new Command('a')).map(([code]) => code),
    [0, 1],
  );
  const own = exitCodes(new Command('b'), { 3: 'They differ.', 0: 'Equal.' });
  assert.deepEqual(exitCodesOf(own).at(0), [0, 'Equal.']);
  assert.deepEqual(exitCodesOf(own).at(-1), [3, 'They differ.']);
});
