import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type DatabaseAddress, parseDatabaseUrl } from '../../db/database-url.ts';
import type { Settings } from '../../db/settings.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { withPostgres } from '../../move/live/sides.ts';

/** One side of a comparison: an engine at a place, where a copy is made. */
export type Side =
  | { readonly engine: 'sqlite'; readonly name: string; readonly where: string; readonly file: string }
  | { readonly engine: 'postgres'; readonly name: string; readonly where: string; readonly url: string };

export interface SidePair {
  readonly here: Side;
  readonly there: Side;
  /** Where the copies of the files are made: on the disk of the SQLite file, so that this disk is measured. */
  readonly folder: string;
}

const sideOf = (address: DatabaseAddress, directUrl?: string): Side =>
  address.engine === 'sqlite'
    ? { engine: 'sqlite', name: 'SQLite', where: address.file, file: address.file }
    : { engine: 'postgres', name: 'PostgreSQL', where: locationOf(address.url), url: directUrl ?? address.url };

/** The sides of `--against`. Throws `FC_INPUT_INVALID` for what is no database, or no other one. */
export function sidesOf(settings: Settings, against: string, folder: string): SidePair {
  const refuse = (what: string, hint: string): never => {
    throw new FlashcaseError('FC_INPUT_INVALID', { what, hint });
  };
  const address = parseDatabaseUrl(against, folder);
  if (typeof address === 'string')
    return refuse(`--against ${address}.`, 'Example: flashcase bench --against postgresql://user:password@host:5432/postgres');
  const here = sideOf(settings.database, settings.directUrl);
  const there = sideOf(address);
  if (here.engine === 'sqlite' && there.engine === 'sqlite')
    return refuse('Both sides are SQLite files.', 'Name a PostgreSQL server with --against.');
  if (here.where === there.where)
    return refuse('--against names the database that serves.', 'Name another server, or the other engine.');
  const twins = here.engine === there.engine;
  const named = (side: Side): Side => (twins ? { ...side, name: `PostgreSQL at ${side.where}` } : side);
  const file = [here, there].find((side) => side.engine === 'sqlite');
  const place = file?.engine === 'sqlite' ? `${file.file}.bench` : join(folder, 'flashcase-bench');
  if (!existsSync(dirname(place)))
    return refuse(`The folder ${dirname(place)} is not there.`, 'Name a file in a folder that is: the copy is made beside it.');
  return { here: named(here), there: named(there), folder: place };
}

/** Throws `FC_MOVE_TARGET_UNFIT` where the other side holds an installation: measuring beside its users would disturb them, and be disturbed. */
export async function refuseInstallation(side: Side): Promise<void> {
  const unfit = (what: string): never => {
    throw new FlashcaseError('FC_MOVE_TARGET_UNFIT', {
      what,
      where: side.where,
      hint: 'Name an empty database of the server (its database "postgres" will do), or a file that is not there. The copy is made beside it, never in it.',
    });
  };
  if (side.engine === 'sqlite') {
    if ((statSync(side.file, { throwIfNoEntry: false })?.size ?? 0) > 0) unfit('The file of --against is there and has data.');
    return;
  }
  const found = await withPostgres(side.url, (postgres) =>
    postgres.query(
      `SELECT c.relname::text AS m_table FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
       WHERE c.relname IN ('study_log', 'card_state', 'write_gate') AND c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\\_%' LIMIT 1`,
    ),
  );
  if (found.length > 0) unfit(`The database of --against holds FlashCase's tables (${String(found[0]?.m_table)}).`);
}
