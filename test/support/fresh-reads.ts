import { setTimeout as delay } from 'node:timers/promises';
import type { Student } from './load-population.ts';

export interface FreshReads {
  /** Reads that were answered. */
  reads: number;
  /** Reads that showed less than had been acknowledged to somebody before they were sent, and requests that failed. */
  readonly problems: string[];
}

/**
 * One client a student raises a number in a card and, beside it, others read the card: no read may show less than what was acknowledged before
 * it was sent, whichever server is asked.
 * @param base the server of a request.
 */
export async function checkFreshReads(
  students: readonly Student[],
  base: (request: number) => string,
  signal: AbortSignal,
): Promise<FreshReads> {
  const report: FreshReads = { reads: 0, problems: [] };
  let requests = 0;
  const ask = async (student: Student, cardId: bigint, body?: object): Promise<number | undefined> => {
    const response = await fetch(`${base(requests++)}/api/v1/cards/${cardId}`, {
      method: body === undefined ? 'GET' : 'PUT',
      headers: { authorization: `Bearer ${student.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    }).catch((error: unknown) => {
      report.problems.push(`no answer: ${String(error)}`);
    });
    if (response === undefined) return undefined;
    const answer = (await response.json()) as { back?: string };
    if (response.ok) return Number(answer.back);
    report.problems.push(`${response.status} ${JSON.stringify(answer)}`);
    return undefined;
  };
  const client = async (student: Student): Promise<void> => {
    const cardId = student.decks[0]?.cardIds[0] as bigint;
    let acknowledged = 0;
    await ask(student, cardId, { back: '0' });
    const write = async (): Promise<void> => {
      for (let value = 1; !signal.aborted; value++) {
        if ((await ask(student, cardId, { back: String(value) })) === value) acknowledged = value;
        await delay(2);
      }
    };
    const read = async (): Promise<void> => {
      while (!signal.aborted) {
        const least = acknowledged;
        const shown = await ask(student, cardId);
        report.reads++;
        if (shown !== undefined && shown < least) report.problems.push(`stale: ${least} was acknowledged, ${shown} was read`);
        await delay(1);
      }
    };
    await Promise.all([write(), read(), read()]);
  };
  await Promise.all(students.map(client));
  return report;
}
