import { resolve } from 'node:path';
import { parseDatabaseUrl } from '../../../db/database-url.ts';
import { FlashcaseError } from '../../../errors/index.ts';

function refuse(what: string, hint: string): never {
  throw new FlashcaseError('FC_INPUT_INVALID', { what, hint });
}

/**
 * The SQLite file an option names, as a path or as `sqlite:///…`. Throws `FC_INPUT_INVALID` for anything else.
 * @param option for the message: `--from`.
 */
export function fileNamed(option: string, value: string, folder: string): string {
  if (!/^[a-z]+(\+\w+)?:/i.test(value)) return resolve(folder, value);
  const address = parseDatabaseUrl(value, folder);
  if (typeof address === 'string') return refuse(`${option} ${address}.`, 'Name the SQLite file.');
  if (address.engine !== 'sqlite') return refuse(`${option} is not an SQLite file.`, 'Name the SQLite file.');
  return address.file;
}

/** True for the address of a PostgreSQL database, whatever is wrong with it. */
export const isServer = (value: string): boolean => /^postgres(ql)?(\+\w+)?:/i.test(value);

/** The PostgreSQL database an option names. Throws `FC_INPUT_INVALID` for anything else. */
export function serverNamed(option: string, value: string, folder: string): string {
  const address = parseDatabaseUrl(value, folder);
  const hint = `Example: ${option} postgresql://user:password@host:5432/flashcase`;
  if (typeof address === 'string') return refuse(`${option} ${address}.`, hint);
  if (address.engine !== 'postgres') return refuse(`${option} names an SQLite file; name the PostgreSQL database.`, hint);
  return address.url;
}
