import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openEngine } from '../engine/open.ts';
import { Journal } from '../support/journal.ts';
import { runLoad, seededRandom } from '../support/load.ts';
import { embeddedPostgresBin, startPostgres, type TestServer } from '../support/servers.ts';
import { CLIENTS, ledgerRequests } from './kill-rounds.ts';
import { ledger, ledgerViolations, prepareLedger } from './ledger.ts';
import { LedgerServer, type Sabotage } from './ledger-server.ts';

/** Why PostgreSQL cannot be crashed here, or false: it takes a server of one's own. */
export function withoutOwnPostgres(): string | false {
  try {
    embeddedPostgresBin();
    return false;
  } catch {
    return 'not run: no PostgreSQL among the npm packages for this machine';
  }
}

/** Starts the cluster again; the dead postmaster's children may hold its memory for a moment. */
async function startAgain(dead: TestServer, settings: Record<string, string>): Promise<TestServer> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await startPostgres({ dataDir: dead.dataDir, port: dead.port, fsync: true, settings });
    } catch (error) {
      if (attempt >= 50) throw error;
      await delay(100);
    }
  }
}

export interface CrashReport {
  rounds: number;
  acknowledged: number;
  /** From the server's first answer to the application's first acknowledged write, the longest of all rounds. */
  slowestResumeMs: number;
  violations: string[];
}

/** Kills the postmaster under load again and again; the application runs on. */
export async function crashRounds(
  rounds: number,
  seed: number,
  settings: Record<string, string>,
  sabotage: Sabotage = 'none',
): Promise<CrashReport> {
  const random = seededRandom(seed);
  let postgres = await startPostgres({ fsync: true, settings });
  const folder = dirname(postgres.dataDir);
  const journal = await Journal.create();
  const report: CrashReport = { rounds: 0, acknowledged: 0, slowestResumeMs: 0, violations: [] };
  const withEngine = async <T>(work: (engine: ReturnType<typeof openEngine>) => Promise<T>): Promise<T> => {
    const engine = openEngine(postgres, { schema: ledger });
    return work(engine).finally(() => engine.close());
  };
  await withEngine(async (engine) => {
    await prepareLedger(engine, CLIENTS);
    // The control run loses commits, but not its tables.
    await engine.dedicated((connection) => connection.script('CHECKPOINT'));
  });
  const server = await LedgerServer.start(postgres.url, sabotage);
  const load = new AbortController();
  let acknowledged = 0;
  const running = runLoad(
    {
      clients: CLIENTS,
      journal,
      next: ledgerRequests(0, random),
      async submit(request) {
        const answer = await server.submit(request);
        if (answer.outcome === 'ok') acknowledged++;
        return answer;
      },
    },
    load.signal,
  );
  const nextAcknowledged = async (): Promise<void> => {
    const before = acknowledged;
    const deadline = performance.now() + 30_000;
    while (acknowledged === before && performance.now() < deadline) await delay(5);
    assert.ok(acknowledged > before, 'writes did not resume within 30 s');
  };
  try {
    while (report.rounds < rounds && report.violations.length === 0) {
      await nextAcknowledged();
      await delay(random() * 500);
      await postgres.kill();
      postgres = await startAgain(postgres, settings);
      const ready = performance.now();
      await nextAcknowledged();
      report.slowestResumeMs = Math.max(report.slowestResumeMs, Math.round(performance.now() - ready));
      report.rounds++;
      // The journal first: what is acknowledged after this line is not asked for.
      const operations = await journal.operations();
      report.violations = await withEngine((engine) => ledgerViolations(engine, operations));
      // The load runs on, so the database may know more than the journal read before it.
      report.violations = report.violations.filter((violation) => !violation.startsWith('invented'));
    }
    load.abort();
    await running;
    if (report.violations.length === 0)
      report.violations = await withEngine(async (engine) => ledgerViolations(engine, await journal.operations()));
    report.acknowledged = acknowledged;
  } finally {
    load.abort();
    await server.kill();
    await running;
    await journal.close();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return report;
}
