/** Milliseconds of work after which others get their turn. */
const STRETCH_MS = 15;

/** Lets long work in this thread give way to others: requests are answered in between, and a signal to stop is heard. */
export class GivingWay {
  #since = performance.now();

  async now(): Promise<void> {
    if (performance.now() - this.#since < STRETCH_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    this.#since = performance.now();
  }
}
