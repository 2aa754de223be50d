import type { Database } from '../../db/database.ts';
import { type AuditRow, listAuditEvents } from '../../db/stores/audit-events.ts';
import type { Timestamp } from '../../schema/index.ts';
import { type AuditEvent, chainOf, eventOf } from './event.ts';

const PAGE = 1000;

/** One step of an operator, from what it began with and how it ended. */
export interface AuditStep {
  readonly step: string;
  readonly begunAt: string | null;
  readonly endedAt: string | null;
  readonly command: string;
  /** `root` of the operating system, or `account 7`. */
  readonly who: string;
  readonly process: string;
  readonly given: unknown;
  /** `running` only where its process is seen; `no end` when it was killed, or is on another machine. */
  readonly outcome: 'done' | 'failed' | 'running' | 'no end';
  /** What the end says: `exit`, `code`, `ms`. */
  readonly end: Readonly<Record<string, unknown>> | null;
  /** In a journal only: the database has not got it yet. */
  readonly isWaiting: boolean;
}

/** Steps in the order in which they began. @param isAlive whether a process, as `host pid 4711`, is seen on this machine */
export function stepsOf(
  kept: readonly AuditEvent[],
  waiting: readonly AuditEvent[],
  isAlive: (process: string) => boolean,
  nameOf: (account: string) => string | undefined = () => undefined,
): AuditStep[] {
  const known = new Set(kept.map(({ event }) => event));
  const all = [
    ...kept.map((event) => ({ event, isWaiting: false })),
    ...waiting.filter(({ event }) => !known.has(event)).map((event) => ({ event, isWaiting: true })),
  ];
  const byStep = new Map<string, typeof all>();
  for (const one of all) byStep.set(one.event.step, [...(byStep.get(one.event.step) ?? []), one]);
  return [...byStep.entries()]
    .map(([step, events]) => {
      const begun = events.find(({ event }) => event.kind === 'begun')?.event;
      const ended = events.find(({ event }) => event.kind === 'ended')?.event;
      const some = (begun ?? ended) as AuditEvent;
      const end = ended === undefined ? null : (JSON.parse(ended.details) as Record<string, unknown>);
      return {
        step,
        begunAt: begun?.at ?? null,
        endedAt: ended?.at ?? null,
        command: some.command,
        who: some.account === null ? (some.osUser ?? '?') : (nameOf(some.account) ?? `account ${some.account}`),
        process: some.process,
        given: begun === undefined ? null : JSON.parse(begun.details),
        outcome: end === null ? (isAlive(some.process) ? 'running' : 'no end') : end.isDone === true ? 'done' : 'failed',
        end,
        isWaiting: events.some(({ isWaiting }) => isWaiting),
      } satisfies AuditStep;
    })
    .sort((a, b) => ((a.begunAt ?? a.endedAt ?? '') < (b.begunAt ?? b.endedAt ?? '') ? -1 : 1));
}

/** Everything the database has, the oldest first, with the names of accounts. */
export async function keptEvents(
  database: Database,
  since?: Timestamp,
): Promise<{ readonly rows: readonly AuditRow[]; readonly names: ReadonlyMap<string, string> }> {
  const rows: AuditRow[] = [];
  const names = new Map<string, string>();
  for (let after: bigint | undefined; ; ) {
    const page = await database.read((session) => listAuditEvents(session, { after, limit: PAGE }, since));
    for (const { username, ...row } of page) {
      rows.push(row);
      if (username !== null && row.account_id !== null) names.set(String(row.account_id), username);
    }
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined) return { rows, names };
    after = last.id;
  }
}

export interface ChainVerdict {
  readonly events: number;
  /** The last hash: who noted it elsewhere sees whether anything before it was changed. */
  readonly head: string;
  /** The first event whose hash is not what it and all before it make; `undefined` when the chain is whole. */
  readonly broken: { readonly id: string; readonly at: string; readonly why: string } | undefined;
}

/** Whether each event follows the one before, unchanged. @param rows all of them, the oldest first */
export function judgeChain(rows: readonly AuditRow[]): ChainVerdict {
  let previous = '';
  for (const row of rows) {
    const why =
      row.previous !== previous
        ? 'it does not follow the event before it: one was removed or slipped in'
        : row.chain !== chainOf(previous, eventOf(row))
          ? 'it was changed'
          : undefined;
    if (why !== undefined)
      return { events: rows.length, head: previous, broken: { id: String(row.id), at: row.happened_at.text, why } };
    previous = row.chain;
  }
  return { events: rows.length, head: previous, broken: undefined };
}
