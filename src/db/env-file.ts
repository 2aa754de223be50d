import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, parseEnv } from 'node:util';
import { FlashcaseError } from '../errors/index.ts';
import { writeDurably } from './durable-file.ts';
import { readEnv } from './env.ts';

/**
 * `changed`: `.env` says it now, and what it said before is a comment there. `same`: it said so already. `environment`: the environment defines
 * it, over `.env`, and whoever set it there must change it. `absent`: nothing defines it, the default holds.
 */
export type EnvFileChange = 'changed' | 'same' | 'environment' | 'absent';

/**
 * Changes a setting in the `.env` file of a folder, where that is what defines it. Every other line stays byte for byte; the old value stays as
 * a comment. The file is written as a whole, with its rights. Throws `FC_SETTINGS_INVALID` where it cannot be changed safely.
 * @param until for the comment: `the move mv-… on 2026-12-24`.
 */
export function setInEnvFile(folder: string, name: string, value: string, until: string): EnvFileChange {
  const found = readEnv(folder).get(name);
  if (found === undefined) return 'absent';
  if (found.source !== '.env') return 'environment';
  if (found.value === value) return 'same';
  const path = join(folder, '.env');
  const refuse = (why: string, cause?: unknown): FlashcaseError =>
    new FlashcaseError('FC_SETTINGS_INVALID', {
      what: `${name} could not be changed in the .env file; the file is as it was.`,
      where: path,
      why,
      hint: `Set ${name} there by hand.`,
      ...(cause === undefined ? {} : { cause }),
    });
  const before = readFileSync(path);
  // One character a byte: what is not UTF-8 stays as it is.
  const after = Buffer.from(edited(before.toString('latin1'), name, asBytes(quoted(value)), asBytes(until)), 'latin1');
  const wanted = { ...parseEnv(before.toString('utf8')), [name]: value };
  if (!isDeepStrictEqual({ ...parseEnv(after.toString('utf8')) }, wanted))
    throw refuse('It is written in a way that is not understood here.');
  try {
    // Behind a symbolic link the real file is changed.
    const file = realpathSync(path);
    writeDurably(file, after, statSync(file));
  } catch (error) {
    throw refuse((error as Error).message, error);
  }
  return 'changed';
}

const asBytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** As it must stand behind the `=`: bare where nothing in it means something else. */
function quoted(value: string): string {
  if (/^[\w.:/@%?&=+~,;!*-]+$/.test(value)) return value;
  const quote = ["'", '"', '`'].find((mark) => !value.includes(mark));
  return quote === undefined ? value : `${quote}${value}${quote}`;
}

/** Makes each definition a comment and puts the new one below the last, which is the one that counted. */
function edited(text: string, name: string, value: string, until: string): string {
  const definition = new RegExp(`^[ \\t]*(?:export[ \\t]+)?${name}[ \\t]*=[^\\r\\n]*`, 'gm');
  const last = [...text.matchAll(definition)].at(-1)?.index;
  return text.replace(definition, (line: string, at: number) => {
    const old = `# ${line.trim()} (until ${until})`;
    if (at !== last) return old;
    const end = text.slice(at + line.length).startsWith('\r\n') ? '\r\n' : '\n';
    return `${old}${end}${name}=${value}`;
  });
}
