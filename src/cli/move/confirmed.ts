import { hostname, userInfo } from 'node:os';
import { readEnv } from '../../db/env.ts';
import type { LiveOptions } from '../../move/live/live-options.ts';
import { type Confirmation, recordConfirmation } from '../../move/report/confirm.ts';
import type { MoveAction } from '../../services/move-console.ts';
import { ownVersion } from '../version.ts';

/** Addresses may hold passwords, and say nothing that the record does not say anyway. */
const LEFT_OUT: ReadonlySet<string> = new Set(['from', 'to', 'serveUrl', 'workDir', 'rules', 'json']);

/** `{ limit: '500', yes: true }` as it was typed: `--limit 500`, `--yes`. */
function typed(flags: object): string[] {
  return Object.entries(flags).flatMap(([name, value]) => {
    if (LEFT_OUT.has(name) || value === undefined || value === false) return [];
    const word = `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    return [value === true ? word : `${word} ${String(value)}`];
  });
}

/** A user id without an entry in the system's list has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** What a report says of the software that wrote it. */
export const software = (): { readonly flashcase: string; readonly node: string } => ({
  flashcase: ownVersion(),
  node: process.versions.node,
});

const here = (): Pick<Confirmation, 'host' | 'pid' | 'versions'> => ({
  host: hostname(),
  pid: process.pid,
  versions: software(),
});

/** Who asks for this command now, and how. */
export function confirmation(command: string, flags: object): Confirmation {
  const sudoUser = readEnv().get('SUDO_USER')?.value;
  return {
    command,
    flags: typed(flags),
    through: process.stdin.isTTY === true ? 'terminal' : 'program',
    user: userName(),
    ...(sudoUser === undefined ? {} : { sudoUser }),
    ...here(),
  };
}

/** Records that somebody asked for this command: the report says who, and how. */
export const confirmed = (options: LiveOptions, command: string, flags: object): Promise<void> =>
  recordConfirmation(options, confirmation(command, flags));

/** The same of what an administrator asked for on the page. @param who the administrator's name. */
export async function confirmedOnPage(options: LiveOptions, action: MoveAction, who: string, typed = ''): Promise<void> {
  const [command, flags] =
    action === 'practice' ? ['cutover', ['--practice']] : [action, action === 'throttle' || action === 'shadow' ? [typed] : []];
  await recordConfirmation(options, { command, flags, through: 'page', user: who, ...here() });
}
