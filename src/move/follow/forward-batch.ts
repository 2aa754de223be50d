import type { Connection } from '../../engine/engine.ts';
import type { StoredCell } from '../../schema/stored-cell.ts';
import type { Schema } from '../../schema/table.ts';
import type { CarriedTable } from '../carried-tables.ts';
import type { Finding } from '../plan/findings.ts';
import type { Rules } from '../plan/rules.ts';
import { decideRow } from './decide-row.ts';
import { LiveQuarantine, quarantineKey } from './live-quarantine.ts';
import { OpenDecisions } from './open-decisions.ts';
import type { JournalKey, SqliteJournal, StoredRow } from './sqlite-journal.ts';
import { StageWriter } from './stage-writer.ts';

export interface BatchParts {
  readonly schema: Schema;
  readonly rules: Rules;
  readonly runId: string;
  readonly where: string;
  readonly journal: SqliteJournal;
  readonly connection: Connection;
  /** Names of the tables with rows in quarantine. */
  readonly quarantined: ReadonlySet<string>;
}

/** What a carrier brings in one transaction: reads rows from SQLite, decides about those that do not convert, and fills the stages. */
export class ForwardBatch {
  readonly open = new OpenDecisions();
  readonly #parts: BatchParts;

  constructor(parts: BatchParts) {
    this.#parts = parts;
  }

  /** Stages every key of a table journalled after a position. Returns how many keys there were. */
  async stageChanges(carried: CarriedTable, after: bigint, to: bigint, signal: AbortSignal | undefined): Promise<number> {
    const { stage, quarantine } = this.#writers(carried);
    let keys = 0;
    for (const row of this.#parts.journal.changed(carried, after, to)) {
      keys++;
      if (row.isThere && !row.isSuspicious && stage.exact(row)) this.#isWell(carried, row.key, quarantine);
      else this.#stageStored(carried, row.key, stage, quarantine);
      if (stage.isFull || quarantine.isFull) {
        signal?.throwIfAborted();
        await stage.send();
        await quarantine.flush();
      }
    }
    await stage.send();
    await quarantine.flush();
    return keys;
  }

  /** Stages rows the journal does not name. */
  async stageKeys(carried: CarriedTable, keys: readonly JournalKey[]): Promise<void> {
    const { stage, quarantine } = this.#writers(carried);
    for (const key of keys) this.#stageStored(carried, key, stage, quarantine);
    await stage.send();
    await quarantine.flush();
  }

  /** Judges staged rows again, with what only other rows show, and puts them into quarantine where that was decided. */
  async decideAgain(
    carried: CarriedTable,
    keys: readonly JournalKey[],
    more: (row: StoredRow) => readonly Finding[],
  ): Promise<void> {
    const { journal, schema, rules } = this.#parts;
    const { quarantine } = this.#writers(carried);
    for (const key of keys) {
      for (const row of journal.find(carried, key)) {
        const decided = decideRow(schema, journal.source(carried), row, rules, more(row));
        if ('open' in decided) this.open.add(decided.open);
        else if ('quarantined' in decided) quarantine.add(decided.quarantined);
      }
    }
    await quarantine.flush();
  }

  #writers(carried: CarriedTable): { stage: StageWriter; quarantine: LiveQuarantine } {
    const { connection, where, runId } = this.#parts;
    return { stage: new StageWriter(carried, connection, where), quarantine: new LiveQuarantine(connection, runId, carried) };
  }

  /** The slow way: every bit of the row, judged. */
  #stageStored(carried: CarriedTable, key: JournalKey, stage: StageWriter, quarantine: LiveQuarantine): void {
    const { journal, schema, rules } = this.#parts;
    const rows = journal.find(carried, key);
    if (rows.length === 0) {
      stage.gone(key);
      if (!this.#goesOnElsewhere(carried, key)) this.#isWell(carried, key, quarantine);
      return;
    }
    for (const row of rows) {
      const decided = decideRow(schema, journal.source(carried), row, rules);
      if ('values' in decided) {
        stage.values(decided.values);
        this.#isWell(carried, key, quarantine);
      } else {
        stage.gone(key);
        if ('open' in decided) this.open.add(decided.open);
        else quarantine.add(decided.quarantined);
      }
    }
  }

  /** Where the target's key has more columns than the file's: the row is still there, and may be in quarantine under the same key. */
  #goesOnElsewhere(carried: CarriedTable, key: JournalKey): boolean {
    const { primaryKey } = carried.table;
    if (carried.key.length === primaryKey.length) return false;
    const cells = primaryKey.map((column) => key[carried.key.indexOf(column)] as StoredCell);
    return this.#parts.journal.hasRow(carried, primaryKey, cells);
  }

  #isWell(carried: CarriedTable, key: JournalKey, quarantine: LiveQuarantine): void {
    if (this.#parts.quarantined.has(carried.table.name)) quarantine.forget(quarantineKey(carried, key));
  }
}
