import { setTimeout as delay } from 'node:timers/promises';
import { openEngine } from '../engine/open.ts';
import { openedDespiteFault } from '../support/faults.ts';
import { Journal } from '../support/journal.ts';
import { type LoadCounts, runLoad, seededRandom } from '../support/load.ts';
import { type LedgerWrite, ledger, ledgerViolations, prepareLedger } from './ledger.ts';
import { LedgerServer, type Sabotage } from './ledger-server.ts';

export const CLIENTS = 16;
/** One unit in so many throws at its end. */
const DOOMED = 0.1;

export interface KillRounds {
  readonly rounds: number;
  /** Further rounds, up to six times as many, until so many writes are acknowledged: a busy machine writes little before the kill. */
  readonly leastAcknowledged?: number;
  readonly seed: number;
  readonly sabotage?: Sabotage;
  /** The load runs this long before the kill, in ms. */
  readonly killAfterMs?: readonly [number, number];
  /** Runs after each kill, before the next start: a power cut. */
  afterKill?(): Promise<void>;
}

export interface KillReport extends LoadCounts {
  rounds: number;
  violations: string[];
}

/** The requests of one round: keys say round, client and turn. */
export function ledgerRequests(round: number, random: () => number) {
  return (client: number, turn: number): { key: string; content: LedgerWrite } => ({
    key: `${round}-${client}-${turn}`,
    content: {
      client,
      amount: String(BigInt(Math.floor(random() * 2 ** 48)) - 2n ** 47n),
      note: 'é😀 '.repeat(Math.floor(random() * 40)),
      isDoomed: random() < DOOMED,
    },
  });
}

/**
 * Starts a server, loads it, kills it at a random moment, and does so again on the same database; at each new start the whole journal is
 * checked. Stops at the first round with violations.
 */
export async function killRounds(place: { url: string }, options: KillRounds): Promise<KillReport> {
  const random = seededRandom(options.seed);
  const [shortest, longest] = options.killAfterMs ?? [5, 500];
  const journal = await Journal.create();
  const report: KillReport = { rounds: 0, ok: 0, fail: 0, unknown: 0, violations: [] };
  const check = async (): Promise<void> => {
    const engine = await openedDespiteFault(() => openEngine(place, { schema: ledger }));
    try {
      report.violations = await ledgerViolations(engine, await journal.operations());
    } finally {
      await engine.close();
    }
  };
  const prepared = await openedDespiteFault(() => openEngine(place, { schema: ledger }));
  await prepareLedger(prepared, CLIENTS).finally(() => prepared.close());
  try {
    const isEnough = (): boolean =>
      report.rounds >= options.rounds && (report.ok >= (options.leastAcknowledged ?? 0) || report.rounds >= 6 * options.rounds);
    while (!isEnough() && report.violations.length === 0) {
      const server = await openedDespiteFault(() => LedgerServer.start(place.url, options.sabotage));
      const load = new AbortController();
      const counts = runLoad(
        { clients: CLIENTS, journal, next: ledgerRequests(report.rounds, random), submit: (request) => server.submit(request) },
        load.signal,
      );
      await delay(shortest + random() * (longest - shortest));
      await server.kill();
      load.abort();
      const { ok, fail, unknown } = await counts;
      report.rounds++;
      report.ok += ok;
      report.fail += fail;
      report.unknown += unknown;
      await options.afterKill?.();
      await check();
    }
  } finally {
    await journal.close();
  }
  return report;
}
