import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Connection, Engine } from '../../engine/engine.ts';
import { locationOf } from '../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { copyRange } from '../copy/copy-range.ts';
import { type ExactRows, rowsBySql } from '../copy/exact-rows.ts';
import { openPageReader, type PageReader } from '../copy/page-reader/page-reader.ts';
import { rowsByPages } from '../copy/page-reader/rows-by-pages.ts';
import { Findings } from '../plan/findings.ts';
import { refusedRows } from '../plan/refused-rows.ts';
import { Rules } from '../plan/rules.ts';
import type { SourceTable } from '../source/source-tables.ts';
import type { RowRange } from '../target/bookkeeping.ts';
import { openTarget } from '../target/connect.ts';
import type { CopyJob, JudgeRange, SnapshotJob, WorkerMessage, WorkerOrder } from './worker-orders.ts';

/** Progress is told at most this often, in rows. */
const REPORT_ROWS = 20_000;

const before = (what: string): never => {
  throw new FlashcaseError('FC_INTERNAL', { what: `A worker was told to ${what} before it was ready to.` });
};

interface Reading {
  readonly job: SnapshotJob;
  readonly pages: PageReader;
  readonly db: DatabaseSync;
}

interface Copying {
  readonly job: CopyJob;
  readonly engine: Engine;
  readonly connection: Connection;
  readonly findings: Findings;
  readonly rules: Rules;
  readonly exactRows: ExactRows;
  /** Ends the connection's life. */
  readonly release: () => void;
  readonly released: Promise<void>;
}

/** What a worker can do, whether in a thread of its own or in the caller's. Orders are carried out one after the other. */
export class WorkerTasks {
  readonly #say: (message: WorkerMessage) => void;
  #reading: Reading | undefined;
  #copying: Copying | undefined;

  constructor(say: (message: WorkerMessage) => void) {
    this.#say = say;
  }

  /** Carries out an order; what fails is told, not thrown. */
  async carryOut(order: WorkerOrder): Promise<void> {
    try {
      await this.#carryOut(order);
      this.#say({ kind: 'finished' });
    } catch (error) {
      const known =
        error instanceof FlashcaseError
          ? error
          : new FlashcaseError('FC_MOVE_FAILED', {
              what: 'Moving rows failed.',
              why: error instanceof Error ? error.message : String(error),
              hint: 'Run the same command again: it goes on from its last checkpoint.',
            });
      const { where, why, hint, details } = known;
      const more = {
        ...(where === undefined ? {} : { where }),
        ...(why === undefined ? {} : { why }),
        ...(hint === undefined ? {} : { hint }),
      };
      this.#say({ kind: 'failed', code: known.code, parts: { what: known.message, ...more, details } });
    }
  }

  async #carryOut(order: WorkerOrder): Promise<void> {
    switch (order.kind) {
      case 'open':
        this.#reading = {
          job: order.job,
          pages: openPageReader(order.job.snapshotFile),
          db: new DatabaseSync(`${pathToFileURL(order.job.snapshotFile)}?mode=ro`),
        };
        return;
      case 'judge':
        return this.#judge(order.range);
      case 'connect':
        this.#copying = await this.#connect(order.job);
        return;
      case 'copy':
        return this.#copy(order.range);
      case 'close':
        return this.#close();
    }
  }

  #source(table: string): SourceTable {
    return this.#reading?.job.sources.find((source) => source.table.name === table) ?? before('read');
  }

  async #judge(range: JudgeRange): Promise<void> {
    const { pages } = this.#reading ?? before('judge');
    for (const { rows, refused } of refusedRows(pages, this.#source(range.table), range)) {
      this.#say({ kind: 'judged', table: range.table, rows, refused });
      await nextTurn();
    }
  }

  async #connect(job: CopyJob): Promise<Copying> {
    const { pages, db, job: reading } = this.#reading ?? before('connect');
    const engine = openTarget(job.targetUrl);
    const life = new EventTarget();
    const ended = once(life, 'end');
    const { promise, resolve, reject } = Promise.withResolvers<Connection>();
    // The engine lends a connection for the time of a callback; this one lasts until the worker is closed.
    const released = engine
      .dedicated(async (connection) => {
        resolve(connection);
        await ended;
      })
      .catch(reject);
    return {
      job,
      engine,
      connection: await promise,
      findings: Findings.open(reading.snapshotFile, job.findingsFile, job.schema, reading.sources, false),
      rules: new Rules(job.decisions),
      exactRows: rowsByPages(pages, rowsBySql(db), (table, why) => this.#say({ kind: 'fallback', table, why })),
      release: () => life.dispatchEvent(new Event('end')),
      released,
    };
  }

  async #copy(range: RowRange): Promise<void> {
    const { connection, job, findings, rules, exactRows } = this.#copying ?? before('copy');
    let unreported = 0;
    const report = (): void => {
      if (unreported > 0) this.#say({ kind: 'rows', rows: unreported });
      unreported = 0;
    };
    const copied = await copyRange({
      target: connection,
      where: locationOf(job.targetUrl),
      runId: job.runId,
      source: this.#source(range.table),
      range,
      findings,
      rules,
      exactRows,
      onRows(rows) {
        unreported += rows;
        if (unreported >= REPORT_ROWS) report();
      },
    });
    report();
    this.#say({ kind: 'copied', range, copied });
  }

  async #close(): Promise<void> {
    if (this.#copying !== undefined) {
      this.#copying.release();
      await this.#copying.released;
      this.#copying.findings.close();
      await this.#copying.engine.close();
      this.#copying = undefined;
    }
    this.#reading?.pages.close();
    this.#reading?.db.close();
    this.#reading = undefined;
  }
}
