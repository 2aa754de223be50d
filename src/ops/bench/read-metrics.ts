const SAMPLE = /^(\w+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** The samples of one metric in a text of `/metrics`. */
export function samplesOf(
  text: string,
  name: string,
): { readonly labels: Readonly<Record<string, string>>; readonly value: number }[] {
  return text.split('\n').flatMap((line) => {
    const found = SAMPLE.exec(line);
    if (found === null || found[1] !== name) return [];
    const labels = Object.fromEntries(
      [...(found[2] ?? '').matchAll(LABEL)].map(([, label, value]) => [label as string, value as string]),
    );
    return [{ labels, value: Number(found[3]) }];
  });
}

/** Requests a server has counted, by method and pattern of the route, whatever became of them. */
export function requestsIn(text: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { labels, value } of samplesOf(text, 'flashcase_http_requests_total')) {
    const route = `${labels.method} ${labels.route}`;
    counts.set(route, (counts.get(route) ?? 0) + value);
  }
  return counts;
}

export interface PoolWaits {
  readonly count: number;
  readonly seconds: number;
}

/** Pieces of work that waited for a connection or for their turn to write, and how long in all. */
export function poolWaitsIn(text: string): PoolWaits {
  const sum = (name: string): number => samplesOf(text, name).reduce((all, { value }) => all + value, 0);
  return { count: sum('flashcase_pool_wait_seconds_count'), seconds: sum('flashcase_pool_wait_seconds_sum') };
}
