import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

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
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  if (file !== undefined) {
    for (const [name, value] of Object.entries(parseEnv(file))) if (value !== undefined) env.set(name, { value, source: '.env' });
  }
  for (const [name, value] of Object.entries(process.env))
    if (value !== undefined) env.set(name, { value, source: 'environment' });
  return env;
}
