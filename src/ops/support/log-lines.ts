import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** The end of a log is what happened last. */
const MOST_BYTES = 4 * 1024 * 1024;
const MOST_LINES = 2000;

/** What a line of FlashCase's log says that is about nobody: ids in paths are left out, messages and errors but for their codes too. */
interface LogLine {
  readonly time?: number;
  readonly level?: number;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly ms?: number;
  readonly code?: string;
}

const CODE = /^FC_[A-Z_]+$/;

/** Words of routes; anything else of a path may be a name. */
const pathOf = (path: unknown): string | undefined =>
  typeof path === 'string' ? path.replace(/[^/]+/g, (part) => (/^[a-z][a-z-]{0,24}$|^v1$/.test(part) ? part : '…')) : undefined;

function shown(line: string): LogLine | undefined {
  try {
    const read = JSON.parse(line) as Record<string, unknown> | null;
    if (read === null || typeof read !== 'object' || typeof read.level !== 'number') return undefined;
    const number = (name: string) => (typeof read[name] === 'number' ? { [name]: read[name] } : {});
    const code = (read.err as { code?: unknown } | undefined)?.code;
    const path = pathOf(read.path);
    return {
      ...number('time'),
      ...number('level'),
      ...number('status'),
      ...number('ms'),
      ...(/^[A-Z]{3,7}$/.test(String(read.method)) ? { method: String(read.method) } : {}),
      ...(path === undefined ? {} : { path }),
      ...(CODE.test(String(code)) ? { code: String(code) } : {}),
    };
  } catch {
    return undefined;
  }
}

/**
 * The last lines of a log of a server, each reduced to time, level, method, route, status, duration and error code. Lines of any other kind are counted:
 * what strangers write into a log may be anything.
 */
export function logLines(file: string): string {
  const handle = openSync(file, 'r');
  try {
    const { size } = fstatSync(handle);
    const bytes = Buffer.alloc(Math.min(size, MOST_BYTES));
    readSync(handle, bytes, 0, bytes.length, size - bytes.length);
    const lines = bytes
      .toString('utf8')
      .split('\n')
      .slice(size > MOST_BYTES ? 1 : 0)
      .filter((line) => line !== '')
      .slice(-MOST_LINES);
    const known = lines.flatMap((line) => shown(line) ?? []);
    return [...known, { linesLeftOut: lines.length - known.length }].map((line) => `${JSON.stringify(line)}\n`).join('');
  } finally {
    closeSync(handle);
  }
}
