import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { FlashcaseError } from '../errors/index.ts';

export interface EnvValue {
  readonly value: string;
  /** `environment` or the file it came from. */
  readonly source: string;
}

export type Env = ReadonlyMap<string, EnvValue>;

/** The process environment over the `.env` file of the given folder. The only reader of `process.env`. */
export function readEnv(folder: string = process.cwd()): Env {
  const env = new Map<string, EnvValue>();
  let file: string | undefined;
  try {
    file = readFileSync(`${folder}/.env`, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new FlashcaseError('FC_SETTINGS_INVALID', {
        what: 'The .env file cannot be read.',
        where: `${folder}/.env`,
        why: (error as Error).message,
        hint: 'Correct its rights, or remove it.',
        cause: error,
      });
    }
  }
  if (file !== undefined) {
    for (const [name, value] of Object.entries(parseEnv(file))) if (value !== undefined) env.set(name, { value, source: '.env' });
  }
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined) env.set(name, { value, source: 'environment' });
  return env;
}
