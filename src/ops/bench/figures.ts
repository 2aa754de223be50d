import { ACTIONS, type Action, DESCRIBED } from './actions.ts';

/** What one run of a load gave, at so many clients. */
export interface RunFigures {
  /** Milliseconds of every request that was begun after the warm-up, by action. */
  readonly latencies: Readonly<Record<Action, readonly number[]>>;
  readonly failed: number;
  /** From the end of the warm-up to the last answer. */
  readonly seconds: number;
  /** Sent in all, by action, the warm-up included. */
  readonly sent: Readonly<Record<Action, number>>;
  readonly cost: Cost;
}

/** What a run cost; absent where it is not known from here. */
export interface Cost {
  /** Processor time of the FlashCase process. */
  readonly serverCpuSeconds: number;
  readonly serverRssBytes: number;
  /** Of all processes of the PostgreSQL server, whoever they work for. */
  readonly databaseCpuSeconds?: number;
  readonly databaseRssBytes?: number;
  readonly poolWaits: number;
  readonly poolWaitSeconds: number;
  /** By SQLite: what the FlashCase process gave the disk. By PostgreSQL: its write-ahead log. */
  readonly writtenBytes?: number;
}

export interface Percentiles {
  readonly requests: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

/** The percentiles of these times; `undefined` where there are none. */
export function percentiles(times: readonly number[]): Percentiles | undefined {
  if (times.length === 0) return undefined;
  const sorted = Float64Array.from(times).sort();
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] as number;
  return { requests: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

/** One step of the load on one side, its rounds put together. */
export interface StepFigures {
  readonly clients: number;
  readonly perSecond: number;
  /** The slowest and the fastest round: their distance is the noise of the machine. */
  readonly perSecondOfRounds: readonly number[];
  readonly requests: number;
  /** With those of the warm-ups: what the cost was for. */
  readonly sent: number;
  readonly failed: number;
  readonly all: Percentiles | undefined;
  readonly writes: Percentiles | undefined;
  readonly routes: Readonly<Partial<Record<Action, Percentiles>>>;
  readonly cost: Cost;
  readonly seconds: number;
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
/** The sum, or nothing where one of them is not known. */
const known = (values: readonly (number | undefined)[], put: (values: readonly number[]) => number): number | undefined =>
  values.every((value) => value !== undefined) ? put(values as readonly number[]) : undefined;

/** Puts the rounds of one step together: requests of all rounds count alike. */
export function stepOf(clients: number, rounds: readonly RunFigures[]): StepFigures {
  const times = (actions: readonly Action[]): number[] =>
    rounds.flatMap(({ latencies }) => actions.flatMap((action) => latencies[action]));
  const requestsOf = ({ latencies }: RunFigures): number => sum(ACTIONS.map((action) => latencies[action].length));
  const seconds = sum(rounds.map((round) => round.seconds));
  const requests = sum(rounds.map(requestsOf));
  const costs = rounds.map(({ cost }) => cost);
  const databaseCpuSeconds = known(
    costs.map((cost) => cost.databaseCpuSeconds),
    sum,
  );
  const databaseRssBytes = known(
    costs.map((cost) => cost.databaseRssBytes),
    (values) => Math.max(...values),
  );
  const writtenBytes = known(
    costs.map((cost) => cost.writtenBytes),
    sum,
  );
  return {
    clients,
    seconds,
    requests,
    sent: sum(rounds.flatMap((round) => ACTIONS.map((action) => round.sent[action]))),
    perSecond: requests / seconds,
    perSecondOfRounds: rounds.map((round) => requestsOf(round) / round.seconds),
    failed: sum(rounds.map(({ failed }) => failed)),
    all: percentiles(times(ACTIONS)),
    writes: percentiles(times(ACTIONS.filter((action) => DESCRIBED[action].isWrite))),
    routes: Object.fromEntries(
      ACTIONS.flatMap((action) => {
        const found = percentiles(times([action]));
        return found === undefined ? [] : [[action, found]];
      }),
    ),
    cost: {
      serverCpuSeconds: sum(costs.map((cost) => cost.serverCpuSeconds)),
      serverRssBytes: Math.max(...costs.map((cost) => cost.serverRssBytes)),
      poolWaits: sum(costs.map((cost) => cost.poolWaits)),
      poolWaitSeconds: sum(costs.map((cost) => cost.poolWaitSeconds)),
      ...(databaseCpuSeconds === undefined ? {} : { databaseCpuSeconds }),
      ...(databaseRssBytes === undefined ? {} : { databaseRssBytes }),
      ...(writtenBytes === undefined ? {} : { writtenBytes }),
    },
  };
}
