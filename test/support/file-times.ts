import { relative } from 'node:path';

interface Ended {
  readonly type: string;
  readonly data: { readonly file?: string; readonly nesting?: number; readonly details?: { readonly duration_ms?: number } };
}

/** A reporter of the test runner: how long the tests of each file took, the slowest first. FLASHCASE_FILE_TIMES names where it is written. */
export default async function* fileTimes(source: AsyncIterable<Ended>): AsyncGenerator<string> {
  const seconds = new Map<string, number>();
  for await (const { type, data } of source) {
    if ((type !== 'test:pass' && type !== 'test:fail') || data.nesting !== 0 || data.file === undefined) continue;
    seconds.set(data.file, (seconds.get(data.file) ?? 0) + (data.details?.duration_ms ?? 0) / 1000);
  }
  for (const [file, time] of [...seconds].toSorted((a, b) => b[1] - a[1]))
    yield `${time.toFixed(1).padStart(7)} s  ${relative(process.cwd(), file)}\n`;
}
