/** What the API says about the live move. All of it is FlashCase's own. */
import { list, nullable, object, oneOf, real, type Schema, text, truth, whole } from './json-schema.ts';

const moment = text({ description: 'ISO 8601, UTC.' });
const felt = object(
  { requests: whole(), failed: whole(), abandoned: whole() },
  { p50Ms: real(), p99Ms: real(), slowestMs: real() },
);

/** What `flashcase move status --json` prints; it says more than is named here. */
const status = nullable(
  object(
    {
      event: text(),
      state: object(
        {
          runId: text(),
          target: text(),
          phase: oneOf(['copying', 'forward', 'reverse', 'finished', 'aborting']),
          epoch: whole(),
        },
        {
          isPaused: truth(),
          attempt: object({ id: text(), by: text(), startedAt: moment, limitMs: whole() }),
          follower: text(),
          followedAt: moment,
        },
      ),
      primary: oneOf(['sqlite', 'postgres']),
      journalRows: whole(),
      isInterrupted: truth(),
      problems: list(text()),
      users: object({ all: felt, reads: felt, writes: felt }),
      lastEvents: list({ type: 'object' } as Schema<object>),
      next: list(text({ description: 'The commands that may come next, the likeliest first.' })),
    },
    {
      behind: whole({ description: 'Keys the side that follows does not have; absent when it cannot be told.' }),
      side: object({}, { follower: text(), followedAt: moment }),
    },
  ),
);

const job = nullable(
  object({
    id: whole(),
    action: text(),
    by: text({ description: 'The administrator.' }),
    startedAt: moment,
    endedAt: nullable(moment),
    doing: text(),
    done: real(),
    total: real(),
    text: nullable(text({ description: 'What the command prints.' })),
    isOk: nullable(truth()),
    failure: nullable(object({ code: text(), what: text(), why: nullable(text()), hint: nullable(text()) })),
  }),
);

export const begun = object({ job });

export const confirmation = object({
  confirm: text({ description: 'The name of the side that takes over, typed by a person.' }),
});

export const throttle = object({
  value: text({ description: 'auto, off, or the p99 of users’ requests above which the move rests: 200ms, 0.5s.' }),
});

export const shadow = object({
  value: text({ description: 'The share of users’ reads that is asked of both sides, in percent, or off.' }),
});

export const view = object({
  standing: oneOf(['none', 'underway', 'finished', 'elsewhere']),
  seenAt: moment,
  status,
  notes: list(text()),
  stages: list(
    object({
      name: oneOf(['plan', 'copy', 'follow', 'verify', 'cutover', 'finish']),
      state: oneOf(['done', 'here', 'ahead']),
    }),
  ),
  steps: list(
    object({
      command: text(),
      action: nullable(text({ description: 'POST it to /api/v1/move/{action}; null where it must be typed on the server.' })),
      about: text(),
      confirm: nullable(text()),
      isNext: truth(),
    }),
  ),
  moments: list(object({ seq: whole(), at: moment, kind: text(), text: text() })),
  settings: nullable(object({ throttle: text(), shadow: text() })),
  forecast: nullable(object({ lines: list(text()), limitMs: whole(), lastPausesMs: list(whole()) })),
  job,
});
