import type { Reading } from '../../engine/engine.ts';
import { METRICS, type Metric, type MetricName } from './metric-list.ts';

/** Times with one set of labels: how many fell in each bucket, and their sum. */
export interface CountedTimes {
  readonly labels: Readonly<Record<string, string>>;
  readonly counts: readonly number[];
  readonly sum: number;
}

/** What one process has counted, and how it stands. */
export interface Counted {
  readonly readings: readonly Reading[];
  readonly times: Readonly<Record<string, readonly CountedTimes[]>>;
}

/** Gauges that do not add up over the processes of a server: the one that matters is told. */
const TOLD: Readonly<Partial<Record<MetricName, (values: readonly number[]) => number>>> = {
  info: () => 1,
  start_time_seconds: (values) => Math.min(...values),
  event_loop_lag_seconds: (values) => Math.max(...values),
};

const kindOf = (name: string): Metric['kind'] => (METRICS as Readonly<Record<string, Metric>>)[name]?.kind ?? 'gauge';
const keyOf = (name: string, labels: Readonly<Record<string, string>> = {}): string =>
  JSON.stringify([name, ...Object.entries(labels).toSorted()]);

/** Adds up what several processes of one server have counted. */
export function addUp(all: readonly Counted[]): Counted {
  const readings = new Map<string, { reading: Reading; values: number[] }>();
  for (const reading of all.flatMap((counted) => counted.readings)) {
    const key = keyOf(reading.name, reading.labels);
    const known = readings.get(key);
    if (known === undefined) readings.set(key, { reading, values: [reading.value] });
    else known.values.push(reading.value);
  }
  const times = new Map<string, Map<string, { labels: CountedTimes['labels']; counts: number[]; sum: number }>>();
  for (const [name, some] of all.flatMap((counted) => Object.entries(counted.times))) {
    const byLabels = times.get(name) ?? new Map();
    times.set(name, byLabels);
    for (const { labels, counts, sum } of some) {
      const key = keyOf(name, labels);
      const known = byLabels.get(key);
      if (known === undefined) byLabels.set(key, { labels, counts: [...counts], sum });
      else {
        for (const [i, count] of counts.entries()) known.counts[i] = (known.counts[i] ?? 0) + count;
        known.sum += sum;
      }
    }
  }
  return {
    readings: [...readings.values()].map(({ reading, values }) => ({
      ...reading,
      value: (TOLD[reading.name as MetricName] ?? sumOf)(values),
    })),
    times: Object.fromEntries([...times].map(([name, byLabels]) => [name, [...byLabels.values()]])),
  };
}

/** What of a process stays true when it is gone: what it counted, and not how it stood. */
export function onlyTotals({ readings, times }: Counted): Counted {
  return { readings: readings.filter(({ name }) => kindOf(name) === 'counter'), times };
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
