import { systemClock } from '../../db/clock.ts';
import { turnGate } from '../../db/gate.ts';
import { randomBytes } from '../../db/random.ts';
import { carriedTables } from '../../move/carried-tables.ts';
import type { LiveOptions } from '../../move/live/live-options.ts';
import { processName } from '../../move/switch/recover.ts';
import { flashcase } from '../../schema/flashcase.ts';

/** Tables that describe one side of a move: each side has its own row. */
export const OWN_TABLES: readonly string[] = ['write_gate'];

const carried = carriedTables(flashcase, OWN_TABLES);

/** What every live command needs, for a file and a target that are known. */
export function liveOptions(sqliteFile: string, postgresUrl: string): LiveOptions {
  return {
    schema: flashcase,
    tables: carried,
    gate: turnGate(systemClock()),
    sqliteFile,
    postgresUrl,
    clock: systemClock(),
    newId: () => randomBytes(4).toString('hex'),
    by: processName(process.pid),
  };
}
