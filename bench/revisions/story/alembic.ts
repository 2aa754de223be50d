import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Variant = 'defaults' | 'options';

export interface Outcome {
  readonly isDone: boolean;
  /** What it says in its last line when it fails. */
  readonly said: string;
}

/** One of the two Alembic projects of the story, in a folder of its own. */
export class AlembicProject {
  readonly #python: string;
  readonly #folder: string;
  readonly #variant: Variant;

  /** @param changes how many of the five it has; autogenerate wants a database at the newest. */
  constructor(python: string, folder: string, variant: Variant, changes = 5) {
    this.#python = python;
    this.#folder = folder;
    this.#variant = variant;
    const from = fileURLToPath(new URL('./alembic/', import.meta.url));
    mkdirSync(join(folder, 'migrations/versions'), { recursive: true });
    for (const name of ['models.py', 'aside.py', 'rebuild.py']) cpSync(join(from, name), join(folder, name));
    for (const name of ['env.py', 'script.py.mako']) cpSync(join(from, name), join(folder, 'migrations', name));
    for (const name of readdirSync(join(from, variant)))
      if (Number(/^c(\d)_/.exec(name)?.[1]) <= changes)
        cpSync(join(from, variant, name), join(folder, 'migrations/versions', name));
  }

  /** `alembic upgrade REVISION` on this file. */
  upgrade(file: string, revision: string, more: Readonly<Record<string, string>> = {}): Outcome {
    return this.#run(file, ['upgrade', revision], more);
  }

  stamp(file: string, revision: string): Outcome {
    return this.#run(file, ['stamp', revision]);
  }

  /** The operations autogenerate writes for the model after so many changes. */
  autogenerate(file: string, changes: number): string[] {
    const name = 'proposed';
    const outcome = this.#run(file, ['revision', '--autogenerate', '-m', name, '--rev-id', name], {
      STORY_CHANGES: String(changes),
    });
    if (!outcome.isDone) throw new Error(`autogenerate: ${outcome.said}`);
    const path = join(this.#folder, 'migrations/versions', `${name}_${name}.py`);
    const [up = ''] = readFileSync(path, 'utf8').split('def downgrade');
    return up
      .split('\n')
      .filter((line) => /^\s+(batch_op|op)\.(?!f\()/.test(line))
      .map((line) => line.trim().replace(/,$/, ', …)'));
  }

  #run(file: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): Outcome {
    const ini = join(this.#folder, 'alembic.ini');
    writeFileSync(
      ini,
      `[alembic]\nscript_location = ${this.#folder}/migrations\nprepend_sys_path = ${this.#folder}\nsqlalchemy.url = sqlite:///${file}\n`,
    );
    const { status, stdout, stderr } = spawnSync(this.#python, ['-W', 'ignore', '-m', 'alembic', '-c', ini, ...args], {
      cwd: this.#folder,
      encoding: 'utf8',
      env: {
        PATH: process.env.PATH,
        PYTHONDONTWRITEBYTECODE: '1',
        ...(this.#variant === 'options' ? { STORY_OPTIONS: '1' } : {}),
        ...more,
      },
    });
    const errors = (stdout + stderr).split('\n').filter((line) => /^\S*(Error|Exception)\b.*:/.test(line));
    return {
      isDone: status === 0,
      said: errors.at(-1)?.replace(/^sqlalchemy\.exc\.OperationalError: \(sqlite3\.OperationalError\) /, '') ?? '',
    };
  }
}
