import { execFile } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../..');

/** What breaks the order of the floors in the sources under a folder, as dependency-cruiser words it; empty when nothing does. */
export function floorProblems(folder: string = root): Promise<string> {
  const parts = ['src', 'web/src'].filter((part) => existsSync(join(folder, part)));
  const sources = parts.flatMap((part) => globSync(`${part}/**/*.{ts,tsx}`, { cwd: folder }));
  const script = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const config = join(root, '.dependency-cruiser.mjs');
  return new Promise((done) => {
    const command = [script, '--config', config, '--output-type', 'err', ...parts];
    execFile(process.execPath, command, { cwd: folder }, (error, stdout, stderr) => {
      // swc reads them: its wish for another compiler would only mislead.
      const told = `${stdout}${stderr}`.replace(/\n‼ missing-tsc-transpiler.*/s, '');
      if (error !== null) return done(told);
      // Sources it cannot read it leaves out in silence.
      const seen = Number(/\((\d+) modules/.exec(stdout)?.[1] ?? 0);
      done(seen < sources.length ? `dependency-cruiser saw only ${seen} of ${sources.length} sources\n${told}` : '');
    });
  });
}
