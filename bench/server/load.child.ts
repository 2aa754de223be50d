/** Loads one server in a process of its own: reads its plan from the input, prints its figures, both as JSON. */
import { randomUUID } from 'node:crypto';
import { json } from 'node:stream/consumers';
import { Connection } from './connection.ts';

/** What to ask for, of which server, by how many clients side by side. */
export interface Plan {
  readonly port: number;
  /** Path before `/session/ID` and `/review/ID`. */
  readonly prefix: string;
  readonly kind: 'review' | 'session';
  /** Cards of the session asked for. */
  readonly cards: number;
  readonly clients: number;
  readonly seconds: number;
  /** A client is a student with a token, a deck and its cards. */
  readonly students: readonly { readonly token: string; readonly deckId: string; readonly cardIds: readonly string[] }[];
}

export interface Figures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly requests: number;
  readonly failed: number;
  /** With those of the warm-up. */
  readonly sentInAll: number;
}

const WARM_UP_MS = 500;

async function measure(plan: Plan): Promise<Figures> {
  const latencies: number[] = [];
  let failed = 0;
  let sentInAll = 0;
  let lastAnswered = 0;
  const started = performance.now() + WARM_UP_MS;
  const ends = started + plan.seconds * 1000;
  await Promise.all(
    Array.from({ length: plan.clients }, async (_, number) => {
      const student = plan.students[number % plan.students.length];
      if (student === undefined) throw new Error('a load without students');
      const connection = new Connection(plan.port);
      for (let turn = 0; performance.now() < ends; turn++) {
        const head = `host: 127.0.0.1\r\nauthorization: Bearer ${student.token}\r\n`;
        const body = '{"quality":4}';
        const request =
          plan.kind === 'session'
            ? `GET ${plan.prefix}/session/${student.deckId}?limit=${plan.cards} HTTP/1.1\r\n${head}\r\n`
            : `POST ${plan.prefix}/review/${student.cardIds[turn % student.cardIds.length]} HTTP/1.1\r\n${head}idempotency-key: ${randomUUID()}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
        const sent = performance.now();
        const status = await connection.send(request);
        const answered = performance.now();
        sentInAll++;
        if (status !== 200) failed++;
        if (answered < started) continue;
        lastAnswered = Math.max(lastAnswered, answered);
        latencies.push(answered - sent);
      }
      connection.close();
    }),
  );
  latencies.sort((a, b) => a - b);
  const percentile = (share: number): number =>
    Number((latencies[Math.ceil(latencies.length * share) - 1] ?? Number.NaN).toFixed(3));
  return {
    // The last answers come after the time is up; slow loads would gain by them.
    perSecond: Number((latencies.length / ((lastAnswered - started) / 1000)).toPrecision(4)),
    p50Ms: percentile(0.5),
    p95Ms: percentile(0.95),
    p99Ms: percentile(0.99),
    requests: latencies.length,
    failed,
    sentInAll,
  };
}

console.log(JSON.stringify(await measure((await json(process.stdin)) as Plan)));
