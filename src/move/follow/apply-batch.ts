import type { Connection } from '../../engine/engine.ts';
import type { ForeignKey } from '../../schema/table.ts';
import type { CarriedTable } from '../carried-tables.ts';
import type { Finding } from '../plan/findings.ts';
import { bytesSql, INDEX_ENTRY_BYTES, longEntriesOf, orphanRemedies } from '../plan/judge-keys.ts';
import type { Rules } from '../plan/rules.ts';
import { quoted, type SourceTable } from '../source/source-tables.ts';
import { findingAbout, tooLongFindings } from './decide-row.ts';
import type { ForwardBatch } from './forward-batch.ts';
import { bereftSql, fromHex, hexSql, isActing, looseSql, orphanCondition, type Reference, referencesOf } from './references.ts';
import type { JournalKey, SqliteJournal, StoredRow } from './sqlite-journal.ts';
import { deleteSql, GONE, stageOf, upsertSql } from './stage.ts';
import { duplicateCondition, parkSql, uniqueEntriesOf } from './unique-conflicts.ts';

/** Keys brought from the target at once. */
const AT_ONCE = 5000;
/** Actions of references may set each other off; each round brings back what one of them changed. */
const MOST_ROUNDS = 50;

/** What only other rows show about a row. */
type About = (source: SourceTable, row: StoredRow) => readonly Finding[];

/** Brings the staged rows into their tables: at once where nothing stands in the way, else step by step. */
export class BatchApplier {
  readonly #connection: Connection;
  readonly #journal: SqliteJournal;
  readonly #batch: ForwardBatch;
  readonly #rules: Rules;
  readonly #tables: readonly CarriedTable[];
  readonly #references: readonly Reference[];
  /** Numbers of the tables with staged rows. */
  readonly #touched: Set<number>;

  constructor(
    connection: Connection,
    journal: SqliteJournal,
    batch: ForwardBatch,
    rules: Rules,
    tables: readonly CarriedTable[],
    touched: ReadonlySet<number>,
  ) {
    this.#connection = connection;
    this.#journal = journal;
    this.#batch = batch;
    this.#rules = rules;
    this.#tables = tables;
    this.#references = referencesOf(tables);
    this.#touched = new Set(touched);
  }

  /** One round trip: upserts, then deletes. Throws the constraint that stands in the way. */
  async apply(): Promise<void> {
    const acting = this.#acting();
    for (const reference of acting) await this.#stageBereft(reference);
    await this.#write();
    await this.#settle(acting);
  }

  /**
   * The slow way, from the staged rows: parks rows in the way of a unique value, looks for rows whose parents or values are not theirs to have,
   * and does with them what was decided. Throws `FC_MOVE_DECISION_NEEDED` for a row nobody decided about.
   */
  async applyWithCare(isTooLong: boolean): Promise<void> {
    if (isTooLong) await this.#nameLongRows();
    for (;;) {
      for (const reference of this.#references) if (this.#touched.has(reference.parent.no)) await this.#stageBereft(reference);
      for (const carried of this.#staged()) await this.#quarantineDuplicates(carried);
      for (const carried of this.#staged()) for (const sql of parkSql(carried, this.#tables)) await this.#connection.script(sql);
      for (const reference of this.#references) {
        const sql = this.#touched.has(reference.child.no) ? looseSql(reference) : undefined;
        if (sql !== undefined) await this.#connection.script(sql);
      }
      await this.#write();
      await this.#settle(this.#acting());
      let orphans = 0;
      for (const reference of this.#references)
        if (this.#touched.has(reference.child.no)) orphans += await this.#settleOrphans(reference);
      this.#batch.open.refuse();
      if (orphans === 0) return;
    }
  }

  #staged(): readonly CarriedTable[] {
    return this.#tables.filter(({ no }) => this.#touched.has(no));
  }

  #acting(): readonly Reference[] {
    return this.#references.filter((reference) => isActing(reference) && this.#touched.has(reference.parent.no));
  }

  async #write(): Promise<void> {
    const staged = this.#staged();
    await this.#connection.script([...staged.map(upsertSql), ...staged.toReversed().map(deleteSql)].join(';\n'));
  }

  /** Actions of the target's references may have changed rows after their own upsert: brings them back until nothing changes. */
  async #settle(acting: readonly Reference[]): Promise<void> {
    const children = this.#staged().filter(({ no }) => acting.some(({ child }) => child.no === no));
    for (let round = 0; round < MOST_ROUNDS && children.length > 0; round++) {
      let changed = 0;
      for (const child of children) changed += await this.#connection.execute(upsertSql(child));
      if (changed === 0) return;
    }
  }

  async #stageBereft(reference: Reference): Promise<void> {
    const { child } = reference;
    for (;;) {
      const rows = await this.#connection.query(bereftSql(reference, AT_ONCE));
      if (rows.length === 0) return;
      await this.#batch.stageKeys(
        child,
        rows.map((row) => fromHex(child, row)),
      );
      this.#touched.add(child.no);
    }
  }

  async #settleOrphans(reference: Reference): Promise<number> {
    const { key, child } = reference;
    const condition = orphanCondition(reference);
    const finding = orphanFinding(key, child);
    if (finding.remedies.includes('set_null') && this.#rules.remedyFor({ table: child.table.name, ...finding }) === 'set_null') {
      const columns = key.columns.filter((column) => child.table.columns[column]?.isNullable === true);
      return this.#connection.execute(
        `UPDATE ${stageOf(child)} AS s SET ${columns.map((column) => `${quoted(column)} = NULL`).join(', ')} WHERE ${condition}`,
      );
    }
    return this.#setAside(child, condition, (source, row) => [findingAbout(source, row, key.columns, finding)]);
  }

  async #quarantineDuplicates(carried: CarriedTable): Promise<void> {
    for (const entry of uniqueEntriesOf(carried)) {
      await this.#setAside(carried, duplicateCondition(carried, entry), (source, row) => [
        findingAbout(source, row, entry.columns, {
          column: entry.columns.join(','),
          kind: 'duplicate',
          why: `another row has the same ${entry.name} (${entry.columns.join(', ')})`,
          remedies: ['quarantine'],
        }),
      ]);
    }
  }

  /** PostgreSQL refused a text as too long for an index: names the rows that may be meant. */
  async #nameLongRows(): Promise<void> {
    for (const carried of this.#staged()) {
      const source = this.#journal.source(carried);
      for (const { columns } of longEntriesOf(carried.table)) {
        const rows = await this.#connection.query(
          `SELECT ${hexSql('s', carried)} FROM ${stageOf(carried)} AS s WHERE NOT s.${GONE} AND ${bytesSql(columns)} > ${INDEX_ENTRY_BYTES} LIMIT ${AT_ONCE}`,
        );
        for (const row of rows)
          for (const stored of this.#journal.find(carried, fromHex(carried, row)))
            this.#batch.open.add(tooLongFindings(source, stored));
      }
    }
    this.#batch.open.refuse();
  }

  /** Takes the staged rows a condition holds for out of the batch, as gone, into quarantine; throws when nobody decided so. Returns how many. */
  async #setAside(carried: CarriedTable, condition: string, about: About): Promise<number> {
    const stage = stageOf(carried);
    const source = this.#journal.source(carried);
    for (let all = 0; ; ) {
      const rows = await this.#connection.query(
        `UPDATE ${stage} AS s SET ${GONE} = true WHERE s.ctid = ANY (ARRAY(SELECT s.ctid FROM ${stage} AS s WHERE ${condition} LIMIT ${AT_ONCE}))
         RETURNING ${hexSql('s', carried)}`,
      );
      if (rows.length === 0) return all;
      all += rows.length;
      const keys: JournalKey[] = rows.map((row) => fromHex(carried, row));
      await this.#batch.decideAgain(carried, keys, (row) => about(source, row));
      this.#batch.open.refuse();
    }
  }
}

function orphanFinding(key: ForeignKey, { table }: CarriedTable): Pick<Finding, 'column' | 'kind' | 'why' | 'remedies'> {
  return {
    column: key.columns.join(','),
    kind: 'orphan',
    why: `there is no such row in ${key.references.table}`,
    remedies: orphanRemedies(table, key),
  };
}
