import { Agent, request } from 'node:http';
import { canDo, type LoadRequest, perAction, requestOf, type Student } from './actions.ts';
import type { RunFigures } from './figures.ts';
import { drawAction, type Mix } from './mix.ts';
import { seededRandom } from './seeded-random.ts';

/** One run of the load against one server. */
export interface LoadPlan {
  readonly port: number;
  readonly students: readonly Student[];
  readonly clients: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly mix: Mix;
  /** The same seed asks for the same, in the same order by each client. */
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** An answer that takes longer is a failure: nobody waits so long. */
const ANSWER_MS = 30_000;

function send(agent: Agent, port: number, token: string, { method, path, body, key }: LoadRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        method,
        path,
        timeout: ANSWER_MS,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
      },
      (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer.statusCode ?? 0));
        answer.once('error', reject);
      },
    );
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_MS} ms`)));
    sent.once('error', reject);
    sent.end(body);
  });
}

/**
 * Runs the clients side by side, each sending its next request when the last one is answered. So never more than that many requests are under way: a slow
 * answer holds its client back, and the percentiles are those of so many requests under way, not of people who arrive whatever is going on.
 */
export async function runLoad(plan: LoadPlan): Promise<Omit<RunFigures, 'cost'>> {
  const { port, students, clients, mix, signal } = plan;
  const latencies = perAction<number[]>(() => []);
  const sent = perAction(() => 0);
  let failed = 0;
  const begins = performance.now() + plan.warmUpMs;
  const ends = begins + plan.measureMs;
  let lastAnswered = begins;
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const client = async (number: number): Promise<void> => {
    const random = seededRandom(plan.seed * 1009 + number);
    const student = students[number % students.length] as Student;
    let measured = 0;
    // Where an answer takes longer than the whole run, it is measured all the same: one of each client.
    while ((performance.now() < ends || measured === 0) && !signal.aborted) {
      const drawn = drawAction(mix, random);
      const action = canDo(drawn, student) ? drawn : 'answer';
      const asked = requestOf(action, student, random);
      sent[action]++;
      const at = performance.now();
      const status = await send(agent, port, student.token, asked).catch(() => 0);
      const answered = performance.now();
      if (at < begins) continue;
      measured++;
      if (status < 200 || status >= 300) failed++;
      latencies[action].push(answered - at);
      lastAnswered = Math.max(lastAnswered, answered);
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  } finally {
    agent.destroy();
  }
  signal.throwIfAborted();
  return { latencies, failed, seconds: (lastAnswered - begins) / 1000, sent };
}
