import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promiseProblems } from './promises.ts';

/** Everything about the sources that a machine can check, side by side; prints only what failed. */
const root = resolve(fileURLToPath(import.meta.url), '../..');
const bin = (name: string): string => join(root, 'node_modules', name);

interface Outcome {
  readonly name: string;
  readonly isFine: boolean;
  readonly output: string;
}

function tool(name: string, script: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [bin(script), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('exit', (code) => done({ name, isFine: code === 0, output }));
  });
}

async function promises(): Promise<Outcome> {
  const problems = promiseProblems(root);
  return { name: 'promises', isFine: problems.length === 0, output: problems.join('\n') };
}

const outcomes = await Promise.all([
  tool('types', 'typescript/bin/tsc', ['--noEmit', '-p', '.']),
  ...(existsSync(join(root, 'web/tsconfig.json'))
    ? [tool('types of the page', 'typescript/bin/tsc', ['--noEmit', '-p', 'web'])]
    : []),
  tool('style', '@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.']),
  tool('floors', 'dependency-cruiser/bin/dependency-cruise.mjs', [
    '--config',
    '.dependency-cruiser.mjs',
    '--output-type',
    'err',
    'src',
    'web/src',
  ]),
  promises(),
]);
for (const { name, isFine, output } of outcomes) {
  console.log(`${isFine ? 'ok    ' : 'FAILED'}  ${name}`);
  if (!isFine) console.log(output);
}
process.exitCode = outcomes.every((outcome) => outcome.isFine) ? 0 : 1;
