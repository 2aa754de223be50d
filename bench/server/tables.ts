import type { Figures } from './load.child.ts';

/** The best of several runs. */
export interface Measured extends Pick<Figures, 'perSecond' | 'p50Ms' | 'p95Ms' | 'p99Ms'> {
  readonly engine: string;
  readonly server: 'FlashCase' | 'plain' | 'original';
  readonly scenario: string;
  readonly clients: number;
  /** Processor time of the server a request. */
  readonly processorMs: number;
  readonly runs: readonly Figures[];
}

export interface Report {
  readonly commit: string;
  readonly machine: Readonly<Record<string, unknown>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly measured: readonly Measured[];
  readonly startMs: Readonly<Record<string, readonly number[]>>;
}

/** One table an engine: a row a load, FlashCase's figures, and how many times faster than each of the others it is. */
export function printTables({ commit, machine, versions, measured, startMs }: Report): void {
  console.log(
    `Commit ${commit}; ${Object.values(machine).join(', ')}; ${Object.entries(versions)
      .map((entry) => entry.join(' '))
      .join('; ')}`,
  );
  for (const engine of new Set(measured.map((entry) => entry.engine))) {
    console.log(`\n## ${engine}\n`);
    console.log(
      '| load | clients | FlashCase /s | p50 ms | p95 ms | p99 ms | plain /s | original /s | x plain | x original | CPU ms | plain | original |',
    );
    console.log('|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|');
    for (const own of measured.filter((entry) => entry.engine === engine && entry.server === 'FlashCase')) {
      const of = (server: Measured['server']): Measured =>
        measured.find(
          (entry) =>
            entry.engine === engine &&
            entry.server === server &&
            entry.scenario === own.scenario &&
            entry.clients === own.clients,
        ) as Measured;
      const [plain, original] = [of('plain'), of('original')];
      const times = (other: Measured): string => (own.perSecond / other.perSecond).toFixed(2);
      const cells = [
        own.scenario,
        own.clients,
        own.perSecond,
        own.p50Ms,
        own.p95Ms,
        own.p99Ms,
        plain.perSecond,
        original.perSecond,
      ];
      console.log(
        `| ${[...cells, times(plain), times(original), own.processorMs, plain.processorMs, original.processorMs].join(' | ')} |`,
      );
    }
    const times = startMs[engine] ?? [];
    const [fastest, median, slowest] = [times[0], times[Math.floor(times.length / 2)], times.at(-1)];
    console.log(
      `\nnpm start to the first answered request, second start: median ${median} ms of ${times.length} (${fastest} to ${slowest}).`,
    );
  }
}
