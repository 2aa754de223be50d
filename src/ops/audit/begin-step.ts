import { hostname } from 'node:os';
import type { Clock } from '../../db/clock.ts';
import { randomUUID } from '../../db/random.ts';
import type { AuditEvent } from './event.ts';
import { redactValue } from './redact.ts';

/** What is done, by whom. Secrets in what was given are taken out here, before anything is kept. */
export interface AskedStep {
  readonly command: string;
  readonly osUser?: string;
  /** Id of the account. */
  readonly account?: bigint;
  readonly given: Readonly<Record<string, unknown>>;
}

export interface StepEnd {
  readonly isDone: boolean;
  readonly exit?: number;
  /** The code of the error it ended with. */
  readonly code?: string;
}

/** A text that is longer says nothing more to whoever reads the trail. */
const MOST_CHARACTERS = 4000;

/** The two events of a step: the one it begins with, and the one that says how it ended and how long it took. */
export function beginStep(asked: AskedStep, clock: Clock): { readonly begun: AuditEvent; ended(end: StepEnd): AuditEvent } {
  const started = performance.now();
  const fixed = {
    step: randomUUID(),
    command: asked.command,
    osUser: asked.osUser ?? null,
    account: asked.account === undefined ? null : String(asked.account),
    process: `${hostname()} pid ${process.pid}`,
  };
  const event = (kind: AuditEvent['kind'], details: object): AuditEvent => {
    const text = JSON.stringify(details);
    return {
      ...fixed,
      event: randomUUID(),
      kind,
      at: clock.now().text,
      details: text.length > MOST_CHARACTERS ? JSON.stringify({ shortened: text.slice(0, MOST_CHARACTERS) }) : text,
    };
  };
  return {
    begun: event('begun', redactValue(asked.given) as object),
    ended: (end) => event('ended', { ...end, ms: Math.round(performance.now() - started) }),
  };
}
