import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyProblems } from '../src/revisions/schema-lock.ts';
import { project } from '../src/versions/project.ts';
import { ambientProblems } from './ambient.ts';
import { floorProblems } from './floors.ts';
import { languageProblems } from './languages.ts';
import { promiseProblems } from './promises.ts';
import { revisionProblems } from './revisions.ts';

/** Everything about the sources that a machine can check, side by side; prints only what failed. */
const root = resolve(fileURLToPath(import.meta.url), '../..');

interface Outcome {
  readonly name: string;
  readonly isFine: boolean;
  readonly output: string;
}

function tool(name: string, script: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [join(root, script), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('close', (code) => done({ name, isFine: code === 0, output }));
  });
}

async function own(name: string, problems: string | readonly string[] | Promise<string>): Promise<Outcome> {
  const output = [await problems].flat().join('\n');
  return { name, isFine: output === '', output };
}

const outcomes = await Promise.all([
  tool('types', 'node_modules/typescript/bin/tsc', ['--noEmit', '-p', '.']),
  // Declarations need names that the package exports; the program alone does not.
  tool('types of the package', 'node_modules/typescript/bin/tsc', ['--noEmit', '-p', 'tsconfig.build.json']),
  ...(existsSync(join(root, 'web/tsconfig.json'))
    ? [tool('types of the page', 'node_modules/typescript/bin/tsc', ['--noEmit', '-p', 'web'])]
    : []),
  tool('style', 'node_modules/@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']),
  ...(existsSync(join(root, 'scripts/generate.mjs')) ? [tool('generated files', 'scripts/generate.mjs', ['--check'])] : []),
  own('history', historyProblems(project)),
  own('floors', floorProblems()),
  own('environment, clock and randomness', ambientProblems(root)),
  own('languages', languageProblems(root)),
  own('promises', promiseProblems(root)),
  own('lint of revisions', revisionProblems()),
]);
for (const { name, isFine, output } of outcomes) {
  console.log(`${isFine ? 'ok    ' : 'FAILED'}  ${name}`);
  if (!isFine) console.log(output);
}
process.exitCode = outcomes.every((outcome) => outcome.isFine) ? 0 : 1;
