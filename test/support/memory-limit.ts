import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A limit the kernel keeps for a process and its threads: what a container has. Over it, the process is killed. */
export interface MemoryLimit {
  /** What was done, for people. */
  readonly about: string;
  /** Words before a command, which then begins within the limit. */
  readonly before: readonly string[];
  remove(): Promise<void>;
}

const ROOT = '/sys/fs/cgroup';

function write(file: string, value: string): boolean {
  try {
    writeFileSync(file, value);
    return true;
  } catch {
    return false;
  }
}

const textOf = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

/** Makes a control group with a limit of its own, where this process may. @returns why not, otherwise. */
export function memoryLimit(bytes: number): MemoryLimit | string {
  const isSecond = textOf(join(ROOT, 'cgroup.controllers')).split(/\s/).includes('memory');
  const parent = isSecond ? ROOT : join(ROOT, 'memory');
  if (!isSecond && !existsSync(join(parent, 'memory.limit_in_bytes'))) return 'there is no memory controller here';
  const group = join(parent, `flashcase-test-${process.pid}-${Math.round(performance.now())}`);
  try {
    mkdirSync(group);
  } catch (error) {
    return `no control group can be made here: ${(error as Error).message}`;
  }
  const remove = async (): Promise<void> => {
    // The kernel counts a process that ended for a moment longer.
    for (let i = 0; ; i++) {
      try {
        return rmdirSync(group);
      } catch (error) {
        if (i === 50) throw error;
      }
      await delay(100);
    }
  };
  const [name, swap] = isSecond ? ['memory.max', 'memory.swap.max'] : ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'];
  if (!write(join(group, name), String(bytes))) {
    rmdirSync(group);
    return 'the memory of a control group cannot be limited here';
  }
  // No way out into swap; not every kernel counts it, and then there is no swap either or the limit is softer.
  write(join(group, swap), isSecond ? '0' : String(bytes));
  return {
    about: `the kernel kept it below ${Math.round(bytes / 1e6)} MB (${isSecond ? 'cgroup 2' : 'cgroup 1'}, ${name})`,
    before: ['sh', '-c', 'echo $$ > "$0" && exec "$@"', join(group, 'cgroup.procs')],
    remove,
  };
}

/** The most memory a process had, its threads with it (VmHWM), in bytes; `undefined` once it is gone. */
export function peakOf(pid: number): number | undefined {
  try {
    const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
    return found === null ? undefined : Number(found[1]) * 1024;
  } catch {
    return undefined;
  }
}
