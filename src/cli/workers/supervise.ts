import cluster, { type Worker as Child } from 'node:cluster';
import { setTimeout as delay } from 'node:timers/promises';
import type { Counted } from '../../ops/metrics/counted.ts';
import { addUp, onlyTotals } from '../../ops/metrics/counted.ts';
import { COUNTED, type FromWorker, goneError, type Others, type Outcome, outcomeOf, type ToWorker } from './messages.ts';

/** A worker that dies again and again is started again this much later each time. */
const AGAIN_MS = 500;
const AGAIN_MOST_MS = 30_000;
/** One that has lived for so long died of something new. */
const STEADY_MS = 60_000;
/** A worker that says nothing about its figures is told as it was. */
const COUNTED_MS = 1000;
/** A worker that stops takes 9 s for its requests, and some more for what it has begun. */
const STOP_MS = 20_000;
/** One that is replaced has this long for its connections, and for the files that come to it in pieces: those end after half an hour by themselves. */
const DRAIN_MS = 45 * 60_000;

/** The next one is replaced when the last one has gone, or is only waiting for somebody who is connected and quiet. */
const BETWEEN_MS = 10_000;

interface Member {
  readonly child: Child;
  readonly name: string;
  readonly startedAt: number;
  isReady: boolean;
  /** It goes because it was asked to. */
  isGoing: boolean;
  counted: Counted | undefined;
  readonly ended: Promise<number>;
}

/**
 * Runs a server as several processes on one port: starts them, starts again what dies, replaces them one by one on SIGHUP, and ends them on SIGTERM
 * and SIGINT. It serves nothing itself. @returns the exit code: that of the first worker where the server cannot start
 */
export async function supervise(count: number, tell: (line: string) => void): Promise<number> {
  const supervisor = new Supervisor(count, tell);
  return supervisor.run();
}

class Supervisor {
  readonly #count: number;
  readonly #tell: (line: string) => void;
  readonly #members = new Set<Member>();
  readonly #asking = new Map<number, { readonly member: Member; readonly take: (outcome: Outcome) => void }>();
  #asked = 0;
  #deaths = 0;
  /** The counts of those that are gone: a total that fell would be read as a rise. */
  #gone: Counted | undefined;
  #isStopping = false;
  #isReplacing = false;
  #isReplacingAgain = false;
  #failures = 0;
  #end: (code: number) => void = () => {};

  constructor(count: number, tell: (line: string) => void) {
    this.#count = count;
    this.#tell = tell;
  }

  async run(): Promise<number> {
    cluster.setupPrimary({ serialization: 'advanced' });
    const ended = new Promise<number>((resolve) => {
      this.#end = resolve;
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void this.#stop());
    process.on('SIGHUP', () => void this.#replaceAll());
    // The first one brings the schema up to date; where it cannot start, none can.
    const first = this.#start();
    const url = await this.#ready(first);
    if (url === undefined) return this.#isStopping ? 0 : await first.ended;
    const others = await Promise.all(Array.from({ length: this.#count - 1 }, () => this.#ready(this.#start())));
    const up = 1 + others.filter((other) => other !== undefined).length;
    for (let missing = up; missing < this.#count; missing++) void this.#startAgain(AGAIN_MS);
    process.stdout.write(`FlashCase is at ${url.url}  (data: ${url.location}; ${up} workers)\n`);
    return ended;
  }

  #start(): Member {
    const child = cluster.fork();
    const member: Member = {
      child,
      name: `w${child.id}`,
      startedAt: performance.now(),
      isReady: false,
      isGoing: false,
      counted: undefined,
      ended: new Promise((resolve) => child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 0 : 1)))),
    };
    this.#members.add(member);
    child.on('message', (message: FromWorker) => void this.#take(member, message));
    child.on('error', () => {});
    void member.ended.then((code) => this.#left(member, code));
    return member;
  }

  /** What a worker says when it serves; `undefined` for one that ended before. */
  async #ready(member: Member): Promise<{ readonly url: string; readonly location: string } | undefined> {
    return new Promise((resolve) => {
      member.child.on('message', (message: FromWorker) => {
        if (message.kind !== 'ready') return;
        member.isReady = true;
        resolve(message);
      });
      void member.ended.then(() => resolve(undefined));
    });
  }

  #left(member: Member, code: number): void {
    this.#members.delete(member);
    this.#gone = addUp([
      ...(this.#gone === undefined ? [] : [this.#gone]),
      ...(member.counted === undefined ? [] : [onlyTotals(member.counted)]),
    ]);
    for (const { member: asked, take } of this.#asking.values())
      if (asked === member) take({ error: { code: 'FC_NOT_FOUND', what: goneError().message } });
    if (this.#isStopping) {
      if (this.#members.size === 0) this.#end(0);
      return;
    }
    if (member.isGoing || !member.isReady) return;
    this.#deaths++;
    this.#failures = performance.now() - member.startedAt > STEADY_MS ? 0 : this.#failures + 1;
    const wait = Math.min(AGAIN_MS * 2 ** Math.min(this.#failures, 10), AGAIN_MOST_MS);
    this.#tell(`worker ${member.name} ended with ${code}; another one is started in ${wait / 1000} s.`);
    void this.#startAgain(wait);
  }

  async #startAgain(wait: number): Promise<void> {
    await delay(wait);
    if (this.#isStopping) return;
    if ((await this.#ready(this.#start())) !== undefined || this.#isStopping) return;
    this.#failures++;
    const longer = Math.min(AGAIN_MS * 2 ** Math.min(this.#failures, 10), AGAIN_MOST_MS);
    this.#tell(`a worker could not start; it is tried again in ${longer / 1000} s.`);
    void this.#startAgain(longer);
  }

  async #stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    if (this.#members.size === 0) this.#end(0);
    for (const { child } of this.#members) child.process.kill('SIGTERM');
    await delay(STOP_MS, undefined, { ref: false });
    for (const { child } of this.#members) child.process.kill('SIGKILL');
  }

  /** One after the other: a new one serves before an old one takes nothing more. */
  async #replaceAll(): Promise<void> {
    if (this.#isStopping) return;
    if (this.#isReplacing) {
      this.#isReplacingAgain = true;
      return;
    }
    this.#isReplacing = true;
    const old = [...this.#members].filter(({ isReady, isGoing }) => isReady && !isGoing);
    this.#tell(`${old.length} workers are replaced, one after the other.`);
    let replaced = 0;
    for (const member of old) {
      if (this.#isStopping || !this.#members.has(member)) continue;
      if ((await this.#ready(this.#start())) === undefined) {
        this.#tell(
          `the new worker could not start: ${old.length - replaced} of the old ones go on. Put right what it says, and send SIGHUP again.`,
        );
        break;
      }
      replaced++;
      member.isGoing = true;
      this.#send(member, { kind: 'drain' });
      const late = setTimeout(() => member.child.process.kill('SIGKILL'), DRAIN_MS);
      late.unref();
      void member.ended.then(() => clearTimeout(late));
      // Both hold connections to the database meanwhile.
      await Promise.race([member.ended, delay(BETWEEN_MS, undefined, { ref: false })]);
    }
    this.#isReplacing = false;
    this.#tell(`${replaced} workers were replaced.`);
    if (!this.#isReplacingAgain) return;
    this.#isReplacingAgain = false;
    await this.#replaceAll();
  }

  async #take(from: Member, message: FromWorker): Promise<void> {
    if (message.kind === 'answer') this.#asking.get(message.id)?.take(message.outcome);
    if (message.kind === 'last') from.counted = message.counted;
    if (message.kind === 'others') this.#reply(from, message.id, await outcomeOf(() => this.#others(from)));
    if (message.kind === 'ask') {
      const to = message.to === undefined ? this.#atDesk() : [...this.#members].find(({ name }) => name === message.to);
      this.#reply(from, message.id, await this.#ask(to, message.name, message.asked));
    }
  }

  /** Who has lived longest of those that stay: it changes as seldom as can be. */
  #atDesk(): Member | undefined {
    return [...this.#members].find(({ isReady, isGoing }) => isReady && !isGoing);
  }

  #ask(member: Member | undefined, name: string, asked: unknown): Promise<Outcome> {
    if (member === undefined) return outcomeOf(() => Promise.reject(goneError()));
    const id = ++this.#asked;
    return new Promise((resolve) => {
      this.#asking.set(id, {
        member,
        take: (outcome) => {
          this.#asking.delete(id);
          resolve(outcome);
        },
      });
      this.#send(member, { kind: 'ask', id, name, asked });
    });
  }

  async #others(from: Member): Promise<Others> {
    const others = [...this.#members].filter((member) => member !== from && member.isReady);
    const late = delay(COUNTED_MS, undefined, { ref: false });
    await Promise.all(
      others.map(async (member) => {
        const outcome = await Promise.race([this.#ask(member, COUNTED, undefined), late]);
        if (outcome !== undefined && 'value' in outcome) member.counted = outcome.value as Counted;
      }),
    );
    const counted = others.flatMap((member) => (member.counted === undefined ? [] : [member.counted]));
    return {
      counted: [...counted, ...(this.#gone === undefined ? [] : [this.#gone])],
      workers: [...this.#members].filter(({ isReady, isGoing }) => isReady && !isGoing).length,
      deaths: this.#deaths,
    };
  }

  #reply(to: Member, id: number, outcome: Outcome): void {
    this.#send(to, { kind: 'answer', id, outcome });
  }

  #send(to: Member, message: ToWorker): void {
    if (to.child.isConnected()) to.child.send(message);
  }
}
