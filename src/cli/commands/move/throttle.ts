import type { Command } from 'commander';
import { FlashcaseError } from '../../../errors/index.ts';
import type { ThrottleSetting } from '../../../move/latency/users-limit.ts';
import { setThrottle, showThrottle } from '../../../move/live/throttle.ts';
import { confirmed } from '../../move/confirmed.ts';
import { throttleText } from '../../move/live-report.ts';
import { throttleOf } from '../../move/settings.ts';
import { type LiveFlags, liveCommand, liveOptionsOf, print } from './live.ts';

interface Flags extends LiveFlags {
  readonly p99?: string;
  readonly auto?: boolean;
  readonly off?: boolean;
}

/** What the words set; `undefined` where they only ask. */
function settingOf({ p99, auto, off }: Flags): ThrottleSetting | undefined {
  if ([p99, auto, off].filter((word) => word !== undefined).length > 1)
    throw new FlashcaseError('FC_INPUT_INVALID', {
      what: 'Two settings at once.',
      hint: 'Give one of --p99, --auto and --off; without any, the setting is shown.',
    });
  if (auto === true) return 'auto';
  if (off === true) return 'off';
  return p99 === undefined ? undefined : throttleOf(p99);
}

export const throttleCommand = (): Command =>
  liveCommand('throttle', 'Say when copying and carrying rest so that users are not slowed, or set it. A switch never rests.')
    .option('--p99 <time>', 'rest while the p99 of users’ requests is above this (200ms, 0.5s)')
    .option('--auto', 'rest by what users felt before the move: from the start of every move')
    .option('--off', 'never rest')
    .action(async (flags: Flags) => {
      const setting = settingOf(flags);
      const options = await liveOptionsOf(flags);
      if (setting !== undefined) {
        await confirmed(options, 'throttle', flags);
        await setThrottle(options, setting);
      }
      const shown = await showThrottle(options);
      print(flags, throttleText(shown), { event: 'throttle', ...shown });
    });
