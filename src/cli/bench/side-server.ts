/** A real FlashCase server over one side's copy, in a process of its own. It ends with the process that measures it, also when that is killed. */
import { readFileSync } from 'node:fs';
import type { Env } from '../../db/env.ts';
import { readSettings } from '../../db/settings.ts';
import { project } from '../../versions/project.ts';
import { serveProject } from '../commands/serve.ts';

/** What a side's server is told first. It holds a password: no argument and no environment, which others can read. */
export interface SideSettings {
  readonly kind: 'serve';
  readonly folder: string;
  readonly values: Readonly<Record<string, string>>;
}

/** What it has used since it started. */
export interface ProcessUse {
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  /** Given to the disk; absent where the system does not say. */
  readonly writtenBytes?: number;
}

function writtenBytes(): { readonly writtenBytes?: number } {
  try {
    const found = /^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'));
    return found === null ? {} : { writtenBytes: Number(found[1]) };
  } catch {
    // Not Linux, or a kernel that keeps it to itself.
    return {};
  }
}

function used(): ProcessUse {
  const { user, system } = process.cpuUsage();
  return { cpuSeconds: (user + system) / 1e6, rssBytes: process.memoryUsage.rss(), ...writtenBytes() };
}

async function serve({ folder, values }: SideSettings): Promise<void> {
  const env: Env = new Map(Object.entries(values).map(([name, value]) => [name, { value, source: 'flashcase bench' }]));
  await serveProject(readSettings(env, folder), project);
}

// A terminal's Ctrl-C reaches every process of its group: the one that measures ends this one when it has stopped asking.
process.on('SIGINT', () => {});
process.once('disconnect', () => process.exit(0));
process.on('message', (message: SideSettings | { readonly kind: 'use' }) => {
  if (message.kind === 'use') process.send?.(used());
  else
    void serve(message).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
});
