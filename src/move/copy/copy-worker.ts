import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { locationOf } from '../../engine/postgres/engine.ts';
import { FlashcaseError } from '../../errors/index.ts';
import { Findings } from '../plan/findings.ts';
import { Rules } from '../plan/rules.ts';
import { openTarget } from '../target/connect.ts';
import type { CopyJob, WorkerMessage, WorkerOrder } from './copy-job.ts';
import { copyRange } from './copy-range.ts';
import { rowsBySql } from './exact-rows.ts';
import { openPageReader } from './page-reader/page-reader.ts';
import { rowsByPages } from './page-reader/rows-by-pages.ts';

/** A copy worker: one thread, one connection to the target, one to the snapshot. It copies the ranges it is given until told to stop. */

/** Progress is told at most this often, in rows. */
const REPORT_ROWS = 20_000;

const port = parentPort as NonNullable<typeof parentPort>;
const job = workerData as CopyJob;
const say = (message: WorkerMessage): void => port.postMessage(message);

function orders(): () => Promise<WorkerOrder> {
  const waiting: WorkerOrder[] = [];
  let wake: ((order: WorkerOrder) => void) | undefined;
  port.on('message', (order: WorkerOrder) => {
    if (wake === undefined) waiting.push(order);
    else {
      wake(order);
      wake = undefined;
    }
  });
  return () => {
    const next = waiting.shift();
    return next === undefined ? new Promise((resolve) => (wake = resolve)) : Promise.resolve(next);
  };
}

async function work(): Promise<void> {
  const nextOrder = orders();
  const snapshot = new DatabaseSync(`${pathToFileURL(job.snapshotFile)}?mode=ro`);
  const pages = openPageReader(job.snapshotFile);
  const exactRows = rowsByPages(pages, rowsBySql(snapshot), (table, why) => say({ kind: 'fallback', table, why }));
  const findings = Findings.open(job.snapshotFile, job.findingsFile, job.schema, job.sources, false);
  const rules = new Rules(job.decisions);
  const engine = openTarget(job.targetUrl);
  let unreported = 0;
  const report = (): void => {
    if (unreported > 0) say({ kind: 'rows', rows: unreported });
    unreported = 0;
  };
  try {
    await engine.dedicated(async (target) => {
      say({ kind: 'ready' });
      for (let order = await nextOrder(); order.kind === 'copy'; order = await nextOrder()) {
        const copied = await copyRange({
          target,
          where: locationOf(job.targetUrl),
          runId: job.runId,
          source: findings.source(order.range.table),
          range: order.range,
          findings,
          rules,
          exactRows,
          onRows(rows) {
            unreported += rows;
            if (unreported >= REPORT_ROWS) report();
          },
        });
        report();
        say({ kind: 'copied', range: order.range, copied });
      }
    });
  } finally {
    findings.close();
    pages.close();
    snapshot.close();
    await engine.close();
  }
}

try {
  await work();
  say({ kind: 'stopped' });
} catch (error) {
  const known =
    error instanceof FlashcaseError
      ? error
      : new FlashcaseError('FC_MOVE_FAILED', {
          what: 'Copying failed.',
          why: error instanceof Error ? error.message : String(error),
          hint: 'Run the same command again: it goes on from its last checkpoint.',
        });
  say({ kind: 'failed', code: known.code, parts: { what: known.message, ...partsOf(known) } });
}

function partsOf({ where, why, hint, details }: FlashcaseError): Record<string, unknown> {
  return {
    ...(where === undefined ? {} : { where }),
    ...(why === undefined ? {} : { why }),
    ...(hint === undefined ? {} : { hint }),
    details,
  };
}
