import { DatabaseSync } from 'node:sqlite';
import type { Kysely } from 'kysely';
import { systemClock } from '../../src/db/clock.ts';
import { type Database, openDatabase } from '../../src/db/database.ts';
import { type GateState, turnGate } from '../../src/db/gate.ts';
import { writePeer } from '../../src/db/peer.ts';
import type { Connection } from '../../src/engine/engine.ts';
import { setSequences } from '../../src/move/run/finish-schema.ts';
import { runMove } from '../../src/move/run/run-move.ts';
import { readSequences } from '../../src/move/source/source-tables.ts';
import { flashcase } from '../../src/schema/flashcase.ts';
import { toJson } from '../../src/schema/json.ts';
import { revisions } from '../../src/versions/index.ts';
import { optionsFor } from '../move/library.ts';
import type { Place } from './database.ts';
import { settingsFor } from './fresh.ts';

/** Parents before children; the gate is each side's own. */
const TABLES = Object.values(flashcase.tables).filter(({ name }) => name !== 'write_gate');
/** Well below the time a request waits. */
const LIMIT_MS = 5000;
type AtStep = (step: 'held' | 'carried' | 'decided') => Promise<void>;
type Row = Record<string, unknown>;
type Tables = Kysely<Record<string, Row>>;

/**
 * The two sides of a live move, switched by hand: gates and fence are turned in the order of docs/design/move.md, and between them the rows
 * that differ are carried, however long that takes. What is tested with it are the servers, not the move.
 */
export class HandMove {
  readonly sqlite: Place & { readonly file: string };
  readonly postgres: Place;
  readonly #file: Database;
  readonly #server: Database;
  #epoch = 1;
  /** Which side the file says is the primary. */
  primary: 'sqlite' | 'postgres' = 'sqlite';

  private constructor(sqlite: Place, postgres: Place) {
    this.sqlite = { ...sqlite, file: sqlite.url.slice('sqlite:///'.length) };
    this.postgres = postgres;
    this.#file = openDatabase(settingsFor(sqlite), systemClock());
    this.#server = openDatabase(settingsFor(postgres), systemClock());
  }

  /** Copies a file with today's tables into an empty PostgreSQL database, and names that to every server. */
  static async begin(sqlite: Place, postgres: Place): Promise<HandMove> {
    const file = sqlite.url.slice('sqlite:///'.length);
    await runMove({ ...optionsFor(file, postgres.directUrl ?? postgres.url), schema: flashcase, revisions });
    const move = new HandMove(sqlite, postgres);
    await move.turn('postgres', 'moved');
    await move.#server.engine.dedicated((connection) => connection.script(FENCE));
    move.name();
    return move;
  }

  /** Writes the peer file. */
  name(url = this.postgres.url): void {
    const { directUrl } = this.postgres;
    writePeer({ sqliteFile: this.sqlite.file, postgresUrl: url, ...(directUrl === undefined ? {} : { directUrl }) });
  }

  /** Turns one side's gate, in a commit of its own. */
  async turn(side: 'sqlite' | 'postgres', state: GateState): Promise<void> {
    const { engine } = side === 'sqlite' ? this.#file : this.#server;
    await engine.dedicated(async (connection) => {
      await connection.script(side === 'sqlite' ? 'BEGIN IMMEDIATE' : 'BEGIN');
      await turnGate(systemClock()).turn(connection, side, {
        state,
        epoch: this.#epoch,
        movedTo: side === 'sqlite' ? `postgresql://${this.#server.engine.location}` : `sqlite:///${this.sqlite.file}`,
        by: 'a test',
      });
      await connection.script('COMMIT');
    });
  }

  /**
   * SQLite holds, its rows go to PostgreSQL, the file decides, PostgreSQL opens.
   * @returns false when it was given up, as a switch does that takes too long: on a machine with too much to do.
   */
  async cutover(atStep: AtStep = async () => {}): Promise<boolean> {
    await this.carry('postgres');
    const limit = performance.now() + LIMIT_MS;
    await this.turn('sqlite', 'holding');
    await atStep('held');
    await this.carry('postgres');
    await atStep('carried');
    if (performance.now() > limit) {
      await this.turn('sqlite', 'open');
      return false;
    }
    this.#epoch++;
    await this.turn('sqlite', 'moved');
    this.primary = 'postgres';
    await atStep('decided');
    await this.turn('postgres', 'open');
    return true;
  }

  /** PostgreSQL holds, its last writers end, its rows go to SQLite, the file decides, PostgreSQL is told. */
  async rollback(atStep: AtStep = async () => {}): Promise<boolean> {
    await this.carry('sqlite');
    const limit = performance.now() + LIMIT_MS;
    await this.turn('postgres', 'holding');
    await atStep('held');
    await this.#server.engine.dedicated(async (connection) => {
      // One after the other: a lock that is kept while another is waited for meets writers that take them in another order.
      for (const { name } of TABLES) await connection.script(`BEGIN; LOCK TABLE "${name}" IN SHARE MODE; COMMIT`);
    });
    await this.carry('sqlite');
    await atStep('carried');
    if (performance.now() > limit) {
      await this.turn('postgres', 'open');
      return false;
    }
    this.#epoch++;
    await this.turn('sqlite', 'open');
    this.primary = 'sqlite';
    await atStep('decided');
    await this.turn('postgres', 'moved');
    return true;
  }

  /** What the file alone says: everything a switch leaves when it is killed there. */
  async decide(primary: 'sqlite' | 'postgres'): Promise<void> {
    this.#epoch++;
    await this.turn('sqlite', primary === 'sqlite' ? 'open' : 'moved');
    this.primary = primary;
  }

  /** SQLite is the primary, both are level, and the servers know of it. */
  async home(): Promise<void> {
    if (this.primary === 'postgres') await this.carry('sqlite');
    else await this.carry('postgres');
    await this.turn('postgres', 'moved');
    await this.decide('sqlite');
    this.name();
  }

  /** Makes one side what the other is. */
  async carry(to: 'sqlite' | 'postgres'): Promise<void> {
    const [from, onto] = to === 'sqlite' ? [this.#server, this.#file] : [this.#file, this.#server];
    await from.engine.dedicated((source) =>
      onto.engine.dedicated(async (target) => {
        await target.script(
          to === 'sqlite'
            ? 'PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE'
            : "BEGIN; SET LOCAL session_replication_role = replica; SET LOCAL flashcase_move.pass = 'on'",
        );
        const changes = [];
        for (const table of TABLES) {
          const key = (row: Row): string => toJson(table.primaryKey.map((column) => row[column]));
          const [wanted, present] = [await rowsOf(source, table.name, key), await rowsOf(target, table.name, key)];
          const gone = [...present].filter(([at, { text }]) => wanted.get(at)?.text !== text).map(([, { row }]) => row);
          const come = [...wanted].filter(([at, { text }]) => present.get(at)?.text !== text).map(([, { row }]) => row);
          for (const rows of pieces(gone)) {
            await (target.kysely as Tables)
              .deleteFrom(table.name)
              .where((eb) =>
                eb.or(rows.map((row) => eb.and(table.primaryKey.map((column) => eb(column, '=', row[column] as never))))),
              )
              .execute();
          }
          changes.push({ table, come });
        }
        for (const { table, come } of changes) {
          for (const rows of pieces(come)) await (target.kysely as Tables).insertInto(table.name).values(rows).execute();
        }
        if (to === 'postgres') {
          const file = new DatabaseSync(this.sqlite.file, { readOnly: true });
          await setSequences(target, flashcase, readSequences(file));
          file.close();
        }
        await target.script('COMMIT');
      }),
    );
  }

  /** The side that serves, for a look at its rows. */
  serving(side: 'sqlite' | 'postgres'): Database {
    return side === 'sqlite' ? this.#file : this.#server;
  }

  async end(): Promise<void> {
    await this.#file.close();
    await this.#server.close();
  }
}

/** Rows a statement. */
const PIECE = 100;

function* pieces(rows: readonly Row[]): Generator<Row[]> {
  for (let start = 0; start < rows.length; start += PIECE) yield rows.slice(start, start + PIECE);
}

async function rowsOf(connection: Connection, table: string, key: (row: Row) => string) {
  const rows = await (connection.kysely as Tables).selectFrom(table).selectAll().execute();
  return new Map(rows.map((row) => [key(row), { row, text: toJson(row) }]));
}

/** What refuses a write that passed the gate before it was turned. */
const FENCE = `
CREATE SCHEMA IF NOT EXISTS flashcase_move;
CREATE FUNCTION flashcase_move.fence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('flashcase_move.pass', true) IS DISTINCT FROM 'on' AND (SELECT state FROM write_gate) <> 'open' THEN
    RAISE EXCEPTION 'this side takes no writes' USING ERRCODE = 'FC001';
  END IF;
  RETURN NULL;
END $$;
${TABLES.map(({ name }) => `CREATE TRIGGER flashcase_move_fence BEFORE INSERT OR UPDATE OR DELETE ON "${name}" FOR EACH STATEMENT EXECUTE FUNCTION flashcase_move.fence();`).join('\n')}`;
