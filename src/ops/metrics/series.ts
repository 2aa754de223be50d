import type { Reading } from '../../engine/engine.ts';
import type { Counted, CountedTimes } from './counted.ts';
import { METRICS, type Metric, type MetricName, PREFIX } from './metric-list.ts';

type Labels = Readonly<Record<string, string>>;

/** Upper bounds in seconds: 150 ms and 2 s are limits of the alerts, so they are bounds here. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2, 5, 10];

const escaped = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const labelText = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value).replaceAll('"', '\\"')}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
};
const numberText = (value: number): string =>
  value === Number.POSITIVE_INFINITY ? '+Inf' : value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);

const keyOf = (labels: Labels): string => Object.values(labels).join('\0');

/** One reading for each value a label can have: 1 for the one that holds. */
export const oneOf = (name: string, label: string, all: readonly string[], now: string): Reading[] =>
  all.map((value) => ({ name, value: Number(value === now), labels: { [label]: value } }));

/** Counts that only rise, by their labels. */
export class Counter {
  readonly #name: MetricName;
  readonly #counts = new Map<string, { labels: Labels; value: number }>();

  /** @param known labels that are told as 0 before anything was counted, so that a first failure is a rise. */
  constructor(name: MetricName, known: readonly Labels[] = []) {
    this.#name = name;
    for (const labels of known) this.#counts.set(keyOf(labels), { labels, value: 0 });
  }

  add(labels: Labels = {}): void {
    const key = keyOf(labels);
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { labels, value: 1 });
    else known.value++;
  }

  readings(): Reading[] {
    return [...this.#counts.values()].map(({ labels, value }) => ({ name: this.#name, labels, value }));
  }
}

interface Times {
  readonly labels: Labels;
  /** One a bucket, and one for all that took longer. */
  readonly counts: number[];
  sum: number;
}

/** Times by their labels, counted in buckets that several servers' figures can be added up by. */
export class Histogram {
  readonly #name: MetricName;
  readonly #times = new Map<string, Times>();

  constructor(name: MetricName) {
    this.#name = name;
  }

  add(seconds: number, labels: Labels = {}): void {
    const key = keyOf(labels);
    let times = this.#times.get(key);
    if (times === undefined) {
      times = { labels, counts: Array<number>(BUCKETS.length + 1).fill(0), sum: 0 };
      this.#times.set(key, times);
    }
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    const at = bucket === -1 ? BUCKETS.length : bucket;
    times.counts[at] = (times.counts[at] as number) + 1;
    times.sum += seconds;
  }

  get name(): MetricName {
    return this.#name;
  }

  times(): CountedTimes[] {
    return [...this.#times.values()].map(({ labels, counts, sum }) => ({ labels, counts: [...counts], sum }));
  }
}

function histogramLines(metric: string, times: readonly CountedTimes[]): string[] {
  const name = PREFIX + metric;
  return times.flatMap(({ labels, counts, sum }) => {
    let seen = 0;
    const buckets = counts.map((count, i) => {
      seen += count;
      const le = i < BUCKETS.length ? String(BUCKETS[i]) : '+Inf';
      return `${name}_bucket${labelText({ ...labels, le })} ${seen}`;
    });
    return [...buckets, `${name}_sum${labelText(labels)} ${sum}`, `${name}_count${labelText(labels)} ${seen}`];
  });
}

/** All metrics in Prometheus's text format; one that has no reading now is left out. */
export function exposition(readings: readonly Reading[], histograms: Counted['times']): string {
  const byName = new Map<string, Reading[]>();
  for (const reading of readings) byName.set(reading.name, [...(byName.get(reading.name) ?? []), reading]);
  const lines: string[] = [];
  for (const [name, metric] of Object.entries(METRICS) as [MetricName, Metric][]) {
    const times = histograms[name];
    const own = times !== undefined ? histogramLines(name, times) : (byName.get(name) ?? []).map(lineOf);
    if (own.length > 0)
      lines.push(`# HELP ${PREFIX}${name} ${escaped(metric.about)}`, `# TYPE ${PREFIX}${name} ${metric.kind}`, ...own);
  }
  return `${lines.join('\n')}\n`;
}

const lineOf = ({ name, value, labels = {} }: Reading): string => `${PREFIX}${name}${labelText(labels)} ${numberText(value)}`;
