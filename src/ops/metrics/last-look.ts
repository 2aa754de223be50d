/** `undefined` when it fails, or takes longer. */
export async function withinTime<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A disk answers in far less; a share whose server is gone never does. */
const DISK_MS = 1000;

/** Looks at a disk that may hang: one look at a time, so that it keeps one thread at most. Until it answers, what it said last stands. */
export class LastLook<T> {
  #underway: Promise<void> | undefined;
  #last: T | undefined;

  /** `undefined` where nothing is known: it failed, or never answered. */
  async take(look: () => Promise<T>): Promise<T | undefined> {
    this.#underway ??= look()
      .then(
        (found) => {
          this.#last = found;
        },
        () => {
          this.#last = undefined;
        },
      )
      .finally(() => {
        this.#underway = undefined;
      });
    await withinTime(this.#underway, DISK_MS);
    return this.#last;
  }
}
