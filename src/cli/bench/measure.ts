import { setTimeout as delay } from 'node:timers/promises';
import type { Settings } from '../../db/settings.ts';
import { withPostgres } from '../../move/live/sides.ts';
import { ACTIONS, type Action, DESCRIBED, perAction, type Student } from '../../ops/bench/actions.ts';
import type { MeasuredSide } from '../../ops/bench/bench-result.ts';
import { type Cost, type RunFigures, stepOf } from '../../ops/bench/figures.ts';
import { runLoad } from '../../ops/bench/load.ts';
import type { Mix } from '../../ops/bench/mix.ts';
import { poolWaitsIn, requestsIn } from '../../ops/bench/read-metrics.ts';
import { diskBytes, isFile } from './disk-bytes.ts';
import { type PostgresUse, postgresUse } from './postgres-use.ts';
import { measuredSettings, ServerProcess } from './server-process.ts';
import type { ProcessUse } from './side-server.ts';
import type { Side } from './sides.ts';

/** A server counts a request when its answer has left: that may be a moment after it has arrived. */
const COUNTED_MS = 10_000;
const LOOK_MS = 50;

export interface MeasureOptions {
  readonly settings: Settings;
  readonly folder: string;
  readonly students: readonly Student[];
  readonly mix: Mix;
  readonly clients: readonly number[];
  readonly rounds: number;
  readonly measureMs: number;
  readonly warmUpMs: number;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Told before each run; rounds count from 1. */
  readonly onRun: (side: string, clients: number, round: number) => void;
}

interface Look {
  readonly use: ProcessUse;
  readonly postgres: PostgresUse | undefined;
  readonly waits: ReturnType<typeof poolWaitsIn>;
}

/** One side under load: its server, and what it costs. */
class Contender {
  readonly side: Side;
  readonly #url: string;
  readonly #server: ServerProcess;
  readonly #runs = new Map<number, RunFigures[]>();
  readonly #sent = perAction(() => 0);
  readonly diskBytesBefore: number;

  private constructor(side: Side, url: string, server: ServerProcess, diskBytesBefore: number) {
    this.side = side;
    this.#url = url;
    this.#server = server;
    this.diskBytesBefore = diskBytesBefore;
  }

  static async start(side: Side, url: string, { settings, folder }: MeasureOptions): Promise<Contender> {
    const server = await ServerProcess.start({ kind: 'serve', folder, values: measuredSettings(url, settings) });
    return new Contender(side, url, server, await diskBytes(url));
  }

  /** Lets the server compile its code and fill its caches: what people meet a minute after its start. */
  async warmUp(options: MeasureOptions): Promise<void> {
    // The first look compares the whole schema, beside whatever is measured then.
    await this.#server.metrics();
    await this.#load(options.clients.at(-1) as number, 0, { ...options, warmUpMs: options.warmUpMs * 2, measureMs: 0 });
  }

  async run(clients: number, round: number, options: MeasureOptions): Promise<void> {
    const before = await this.#look();
    const figures = await this.#load(clients, round, options);
    const done = { ...figures, cost: costOf(before, await this.#look()) };
    this.#runs.set(clients, [...(this.#runs.get(clients) ?? []), done]);
  }

  async #load(clients: number, round: number, options: MeasureOptions): Promise<Omit<RunFigures, 'cost'>> {
    const { students, mix, measureMs, warmUpMs, seed, signal } = options;
    // The same of both sides; another of each step and round.
    const runSeed = seed + 7919 * clients + 104_729 * round;
    const load = { port: this.#server.port, students, clients, warmUpMs, measureMs, mix, seed: runSeed, signal };
    const figures = await runLoad(load);
    for (const action of ACTIONS) this.#sent[action] += figures.sent[action];
    return figures;
  }

  async measured(): Promise<MeasuredSide> {
    const { engine, name, where } = this.side;
    return {
      engine,
      name,
      where,
      version: await versionOf(this.#url),
      steps: [...this.#runs].map(([clients, rounds]) => stepOf(clients, rounds)),
      diskBytesBefore: this.diskBytesBefore,
      diskBytes: await diskBytes(this.#url),
      sent: this.#sent,
      counted: await this.#counted(),
    };
  }

  stop(): Promise<void> {
    return this.#server.stop();
  }

  async #look(): Promise<Look> {
    const postgres = isFile(this.#url) ? undefined : await withPostgres(this.#url, postgresUse);
    return { use: await this.#server.use(), postgres, waits: poolWaitsIn(await this.#server.metrics()) };
  }

  async #counted(): Promise<Record<Action, number>> {
    const began = performance.now();
    for (;;) {
      const counts = requestsIn(await this.#server.metrics());
      const counted = perAction((action) => counts.get(DESCRIBED[action].route) ?? 0);
      if (ACTIONS.every((action) => counted[action] === this.#sent[action]) || performance.now() - began > COUNTED_MS)
        return counted;
      await delay(LOOK_MS);
    }
  }
}

const versionOf = async (url: string): Promise<string> =>
  isFile(url)
    ? `SQLite ${process.versions.sqlite}`
    : withPostgres(url, async (postgres) => {
        const [row] = await postgres.query("SELECT current_setting('server_version') AS m_version");
        return `PostgreSQL ${String(row?.m_version)}`;
      });

function costOf(before: Look, after: Look): Cost {
  const between = (from: number | undefined, to: number | undefined): number | undefined =>
    from === undefined || to === undefined ? undefined : Math.max(0, to - from);
  const databaseCpuSeconds = between(before.postgres?.cpuSeconds, after.postgres?.cpuSeconds);
  const databaseRssBytes = after.postgres?.rssBytes;
  const writtenBytes =
    after.postgres === undefined
      ? between(before.use.writtenBytes, after.use.writtenBytes)
      : between(before.postgres?.walBytes, after.postgres.walBytes);
  return {
    serverCpuSeconds: after.use.cpuSeconds - before.use.cpuSeconds,
    serverRssBytes: after.use.rssBytes,
    poolWaits: after.waits.count - before.waits.count,
    poolWaitSeconds: after.waits.seconds - before.waits.seconds,
    ...(databaseCpuSeconds === undefined ? {} : { databaseCpuSeconds }),
    ...(databaseRssBytes === undefined ? {} : { databaseRssBytes }),
    ...(writtenBytes === undefined ? {} : { writtenBytes }),
  };
}

/**
 * Loads both sides in turn, step by step and round by round, so that a slow moment of the machine meets both. Each round the other side is first.
 * @param copies sides with the addresses of their copies
 */
export async function measure(
  copies: readonly [readonly [Side, string], readonly [Side, string]],
  options: MeasureOptions,
): Promise<[MeasuredSide, MeasuredSide]> {
  const contenders: Contender[] = [];
  try {
    for (const [side, url] of copies) contenders.push(await Contender.start(side, url, options));
    for (const contender of contenders) await contender.warmUp(options);
    for (const clients of options.clients) {
      for (let round = 1; round <= options.rounds; round++) {
        for (const contender of round % 2 === 1 ? contenders : contenders.toReversed()) {
          options.onRun(contender.side.name, clients, round);
          await contender.run(clients, round, options);
        }
      }
    }
    return [await (contenders[0] as Contender).measured(), await (contenders[1] as Contender).measured()];
  } finally {
    for (const contender of contenders) await contender.stop();
  }
}
