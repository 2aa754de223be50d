import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { childEnv } from '../../support/child-env.ts';

/** The command itself: it keeps what it compiled, and starts in half the time. */
const entry = resolve(fileURLToPath(import.meta.url), '../../../../bin/flashcase.mjs');

export interface Said {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** `flashcase db …` as a person calls it, without a terminal. */
export function db(args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd: string = tmpdir()): Said {
  const { status, stdout, stderr } = spawnSync(process.execPath, [entry, 'db', ...args], {
    cwd,
    env: childEnv({ HOME: cwd, ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  return { code: status, stdout, stderr };
}

export interface App {
  readonly folder: string;
  readonly versions: string;
  db(...args: string[]): Said;
  /** Writes the model: what stands between the braces of `schema({ … })`, with the tables before it. */
  model(tables: string, names: string): void;
  read(file: string): string;
  write(file: string, text: string): void;
}

/** An application of its own in a folder of its own, begun by `flashcase db init`. */
export function newApp(context: TestContext): App {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-app-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const versions = join(folder, 'versions');
  const said = db(['init', folder]);
  if (said.code !== 0) throw new Error(said.stderr);
  const [, library] = /from '(.*)\/index\.ts'/.exec(readFileSync(join(folder, 'model.ts'), 'utf8')) ?? [];
  return {
    folder,
    versions,
    db: (...args) => db([...args, '--versions', versions]),
    model: (tables, names) =>
      writeFileSync(
        join(folder, 'model.ts'),
        `import * as s from '${library}/index.ts';\nconst id = s.generatedId();\n${tables}\nexport const model = s.schema({ ${names} });\n`,
      ),
    read: (file) => readFileSync(join(versions, file), 'utf8'),
    write: (file, text) => writeFileSync(join(versions, file), text),
  };
}

/** A table `name` with columns as they are written in a model. */
export const tableText = (name: string, columns: string, more = ''): string =>
  `const ${name} = s.table('${name}', { columns: { id, ${columns} }, primaryKey: ['id'], ${more} });`;
