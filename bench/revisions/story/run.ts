/**
 * Five ordinary changes of the original application's real database, by Alembic's batch mode and by FlashCase's revisions, side by side.
 * usage: node bench/revisions/story/run.ts [--python /usr/bin/python3] [--write]
 * Reads what each has lost from the file itself and compares it with docs/why-revisions.md: exit code 1 when the page says anything else,
 * or when FlashCase lost anything. `--write` writes the page's part for this Alembic instead.
 */
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { alembicVersion } from '../alembic.ts';
import { AlembicProject, type Variant } from './alembic.ts';
import { CHANGES, type Facts, factsAfter, factsOf, lossesOf } from './facts.ts';
import { proposed, upgradeOurs } from './ours.ts';
import { fill, unpackOriginal } from './rows.ts';

const { values: options } = parseArgs({
  options: { python: { type: 'string', default: '/usr/bin/python3' }, write: { type: 'boolean', default: false } },
});
const page = fileURLToPath(new URL('../../../docs/why-revisions.md', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'flashcase-story-'));
const original = unpackOriginal(folder);
let copies = 0;
function copyOf(file: string): string {
  const copy = join(folder, `copy-${copies++}.db`);
  copyFileSync(file, copy);
  return copy;
}

/** What was lost by each change beyond what the changes before it had lost already, and in the end. */
interface Told {
  readonly start: Facts;
  readonly steps: readonly { readonly failed?: string; readonly lost: readonly string[] }[];
  readonly end: readonly string[];
}

async function tell(start: Facts, change: (changes: number) => Promise<string | undefined>, read: () => Facts): Promise<Told> {
  const steps: Told['steps'][number][] = [];
  let before = new Set<string>();
  let end: string[] = [];
  for (let k = 1; k <= CHANGES.length; k++) {
    const failed = await change(k);
    end = lossesOf(factsAfter(start, k), read());
    steps.push({ ...(failed === undefined ? {} : { failed }), lost: end.filter((loss) => !before.has(loss)) });
    before = new Set(end);
  }
  return { start, steps, end };
}

async function tellOurs(): Promise<Told> {
  const file = join(folder, 'ours.db');
  await upgradeOurs(file, 0);
  fill(file, original);
  const read = (): Facts => factsOf(file);
  return tell(read(), async (k) => void (await upgradeOurs(file, k)), read);
}

interface Verbatim {
  readonly said: string;
  /** Tables that the failed change left behind, and what was lost by it. */
  readonly left: readonly string[];
}

/** @param verbatim receives what each change does as the documentation writes it, on a copy. */
async function tellAlembic(variant: Variant, verbatim: Verbatim[], found: string[][]): Promise<Told> {
  const file = join(folder, `${variant}.db`);
  const project = new AlembicProject(options.python, join(folder, variant), variant);
  assert.equal(project.upgrade(file, 'c0').said, '');
  fill(file, original);
  const read = (): Facts => factsOf(file);
  return tell(
    read(),
    async (k) => {
      const behind = new AlembicProject(options.python, join(folder, `${variant}-${k}`), variant, k - 1);
      found.push(behind.autogenerate(copyOf(file), k));
      const copy = copyOf(file);
      const asWritten = project.upgrade(copy, `c${k}`, { STORY_VERBATIM: '1' });
      verbatim.push({ said: asWritten.said, left: asWritten.isDone ? [] : lossesOf(read(), factsOf(copy)) });
      const outcome = project.upgrade(file, `c${k}`);
      if (!outcome.isDone) assert.ok(project.stamp(file, `c${k}`).isDone);
      return outcome.isDone ? undefined : outcome.said;
    },
    read,
  );
}

const cell = (lines: readonly string[]): string => (lines.length === 0 ? 'nothing' : lines.join('<br>')).replaceAll('|', '\\|');

function text(ours: Told, defaults: Told | undefined, withOptions: Told | undefined, more: string[]): string {
  const side = (told: Told | undefined, k: number): string => {
    if (told === undefined) return 'not run';
    const step = told.steps[k] as Told['steps'][number];
    return step.failed === undefined ? cell(step.lost) : `**fails**: \`${step.failed}\`<br>${cell(step.lost)}`;
  };
  return [
    `| Change | lost by Alembic, defaults | lost by Alembic, recommended options | lost by FlashCase |`,
    '|---|---|---|---|',
    ...CHANGES.map(
      ({ about }, k) => `| ${k + 1}. ${about} | ${side(defaults, k)} | ${side(withOptions, k)} | ${side(ours, k)} |`,
    ),
    '',
    ...more,
  ].join('\n');
}

try {
  const version = alembicVersion(options.python);
  const ours = await tellOurs();
  assert.deepEqual(ours.end, [], 'FlashCase lost something');
  const verbatim: Verbatim[] = [];
  const found: string[][] = [];
  const more: string[] = [];
  let told: [Told, Told] | undefined;
  if (version !== undefined) {
    told = [await tellAlembic('defaults', verbatim, found), await tellAlembic('options', [], [])];
    for (const { start } of told) {
      // One sample row more or less would make every comparison below worthless.
      assert.deepEqual(lossesOf(ours.start, start), []);
    }
    more.push(
      '| Change | Alembic, without setting view and trigger aside | Alembic’s autogenerate writes | FlashCase’s autogenerate writes |',
      '|---|---|---|---|',
      ...CHANGES.map(({ about }, k) => {
        const { said, left } = verbatim[k] as Verbatim;
        const operations = (found[k] as string[]).map((line) => `\`${line}\``);
        return `| ${k + 1}. ${about} | ${said === '' ? 'runs' : `\`${said}\`${left.length === 0 ? '' : `; and lost: ${cell(left)}`}`} | ${cell(operations)} | ${cell(proposed(k + 1))} |`;
      }),
      '',
    );
  }
  const made = text(ours, told?.[0], told?.[1], more);
  console.log(made);
  if (version === undefined) {
    console.log(`Alembic: not run, ${options.python} has none. FlashCase lost nothing.`);
  } else {
    const [open, close] = [`<!-- story: ${version} -->\n`, `<!-- end of story: ${version} -->`];
    const whole = readFileSync(page, 'utf8');
    const [from, to] = [whole.indexOf(open), whole.indexOf(close)];
    if (from === -1 || to === -1) console.log(`docs/why-revisions.md has no part for ${version}.`);
    else if (options.write) writeFileSync(page, whole.slice(0, from + open.length) + made + whole.slice(to));
    else if (whole.slice(from + open.length, to) !== made) {
      console.error(`docs/why-revisions.md does not say this of ${version}. Next: --write, and read what changed.`);
      process.exitCode = 1;
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
