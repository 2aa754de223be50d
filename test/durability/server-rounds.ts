import { setTimeout as delay } from 'node:timers/promises';
import type { Database } from '../../src/db/database.ts';
import { openFresh } from '../support/fresh.ts';
import { Journal } from '../support/journal.ts';
import { type LoadCounts, runLoad, seededRandom } from '../support/load.ts';
import { type HttpWrite, httpRequests, httpViolations, submitHttp } from '../support/load-http.ts';
import { populate, type Student } from '../support/load-population.ts';
import { ServerProcess } from '../support/load-server.ts';

const CLIENTS = 16;

/** Fewer acknowledged writes than this show nothing: on a machine too busy for them, rounds are added. */
export const ENOUGH = 31;

export interface ServerRounds {
  readonly rounds: number;
  readonly seed: number;
  readonly killAfterMs?: readonly [number, number];
  /** Runs in the server before the product: for control runs. */
  readonly preload?: string;
}

export interface ServerReport extends LoadCounts {
  rounds: number;
  violations: string[];
  /** Reviews whose answer was lost, sent again at the end. */
  retried: number;
  startMs: number[];
}

/**
 * `flashcase serve` under the load of 16 clients, killed at random moments and started again. After each kill the database is compared
 * with the clients' journal; at the end every review whose answer was lost is sent again with its key, twice.
 */
export async function serverRounds(place: { url: string; directUrl?: string }, options: ServerRounds): Promise<ServerReport> {
  const random = seededRandom(options.seed);
  const [shortest, longest] = options.killAfterMs ?? [5, 500];
  const journal = await Journal.create();
  const database = await openFresh(place);
  const report: ServerReport = { rounds: 0, ok: 0, fail: 0, unknown: 0, violations: [], retried: 0, startMs: [] };
  const start = async (): Promise<ServerProcess> => {
    const server = await ServerProcess.start(
      place,
      options.preload === undefined ? {} : { nodeArguments: ['--import', options.preload] },
    );
    report.startMs.push(Math.round(server.startedInMs));
    return server;
  };
  try {
    const students = await populate(database, { students: CLIENTS / 2, deckSizes: [10] });
    let patience = 1;
    const isWanting = () => report.rounds < options.rounds || (report.ok < ENOUGH && report.rounds < 5 * options.rounds);
    while (isWanting() && report.violations.length === 0) {
      const server = await start();
      const load = new AbortController();
      const counts = runLoad(
        {
          clients: CLIENTS,
          journal,
          next: httpRequests(report.rounds, students, random),
          submit: (request, client) => submitHttp(server.base, students[client % students.length] as Student, request),
        },
        load.signal,
      );
      await delay((shortest + random() * (longest - shortest)) * patience);
      await server.end('SIGKILL');
      load.abort();
      const { ok, fail, unknown } = await counts;
      // A machine that acknowledges next to nothing in this time gets more of it.
      if (ok < 3) patience = Math.min(8, patience * 2);
      report.rounds++;
      report.ok += ok;
      report.fail += fail;
      report.unknown += unknown;
      report.violations = await httpViolations(database, await journal.operations());
    }
    if (report.violations.length === 0) await retryUnknown(await start(), database, students, journal, report);
  } finally {
    await database.close();
    await journal.close();
  }
  return report;
}

async function retryUnknown(
  server: ServerProcess,
  database: Database,
  students: readonly Student[],
  journal: Journal,
  report: ServerReport,
): Promise<void> {
  try {
    const lost = (await journal.operations()).filter(
      ({ outcome, content }) => outcome === 'unknown' && (content as HttpWrite).kind === 'review',
    );
    for (const { key, content } of lost) {
      const write = content as HttpWrite & { kind: 'review' };
      const student = students.find(({ id }) => String(id) === write.userId) as Student;
      const [first, second] = [
        await submitHttp(server.base, student, { key, content }),
        await submitHttp(server.base, student, { key, content }),
      ];
      if (first.outcome !== 'ok' || JSON.stringify(first) !== JSON.stringify(second)) {
        report.violations.push(
          `changed: ${key} sent again was answered ${JSON.stringify(first)}, then ${JSON.stringify(second)}`,
        );
        continue;
      }
      await journal.ok(key, first.answer);
      report.retried++;
    }
    report.violations.push(...(await httpViolations(database, await journal.operations())));
  } finally {
    await server.end('SIGTERM');
  }
}
