import cluster from 'node:cluster';
import type { Counted } from '../../ops/metrics/counted.ts';
import type { Desk } from '../../services/desk.ts';
import { type FromWorker, type Others, outcomeOf, type ToWorker, unpacked } from './messages.ts';

/** An answer that does not come: its process hangs. Longer than any work at the desk says nothing. */
const ANSWER_MS = 60_000;

/** This process as one of several workers of a server; asks the others by way of the supervisor. */
export class WorkerDesk implements Desk {
  readonly own: string;
  readonly #works = new Map<string, (asked: unknown) => Promise<unknown>>();
  readonly #waiting = new Map<number, (message: Extract<ToWorker, { kind: 'answer' }>) => void>();
  readonly #kept: (() => boolean)[] = [];
  /** Questions of other workers that are being answered here. */
  #answering = 0;
  #asked = 0;
  #drain: (() => void) | undefined;
  /** Fulfilled when the supervisor wants this worker replaced. One whose supervisor is gone is ended by Node. */
  readonly drained: Promise<'replaced'>;

  constructor() {
    this.own = `w${cluster.worker?.id ?? 0}`;
    this.drained = new Promise((resolve) => {
      this.#drain = () => resolve('replaced');
    });
    process.on('message', (message: ToWorker) => void this.#take(message));
    // A terminal that closes tells everybody; the supervisor decides.
    process.on('SIGHUP', () => {});
  }

  /** A worker that went now would take a file along, or an answer: what is forgotten here is told to the one who asked before this worker goes. */
  get isKeeping(): boolean {
    return this.#answering > 0 || this.#kept.some((isKept) => isKept());
  }

  open<Asked, Answer>(name: string, work: (asked: Asked) => Promise<Answer>): (asked: Asked, at?: string) => Promise<Answer> {
    this.#works.set(name, work as (asked: unknown) => Promise<unknown>);
    return (asked, at) => (at === this.own ? work(asked) : (this.#ask(name, asked, at) as Promise<Answer>));
  }

  keeps(isKept: () => boolean): void {
    this.#kept.push(isKept);
  }

  ready(url: string, location: string): void {
    this.#send({ kind: 'ready', url, location });
  }

  /** Before this worker goes: what it counted stays counted. */
  last(counted: Counted): void {
    this.#send({ kind: 'last', counted });
  }

  /** What the other workers have counted; nothing of them while the supervisor does not answer. */
  async others(): Promise<Others> {
    return (await this.#request((id) => ({ kind: 'others', id }))) as Others;
  }

  async #ask(name: string, asked: unknown, to: string | undefined): Promise<unknown> {
    return this.#request((id) => ({ kind: 'ask', id, to, name, asked }));
  }

  #request(messageOf: (id: number) => FromWorker): Promise<unknown> {
    const id = ++this.#asked;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new Error('another process of this server does not answer'));
      }, ANSWER_MS);
      late.unref();
      this.#waiting.set(id, ({ outcome }) => {
        clearTimeout(late);
        this.#waiting.delete(id);
        try {
          resolve(unpacked(outcome));
        } catch (error) {
          reject(error);
        }
      });
      this.#send(messageOf(id));
    });
  }

  async #take(message: ToWorker): Promise<void> {
    if (message.kind === 'drain') this.#drain?.();
    else if (message.kind === 'answer') this.#waiting.get(message.id)?.(message);
    else {
      const work = this.#works.get(message.name);
      this.#answering++;
      const outcome = await outcomeOf(async () => {
        if (work === undefined) throw new Error(`nobody does ${message.name} here`);
        return work(message.asked);
      });
      this.#send({ kind: 'answer', id: message.id, outcome }, () => this.#answering--);
    }
  }

  #send(message: FromWorker, sent: () => void = () => {}): void {
    if (process.connected === true) process.send?.(message, undefined, undefined, sent);
    else sent();
  }
}
