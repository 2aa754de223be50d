/** Where a card stands when a simulation begins. Days are counted from its first one, which is 0. */
export interface SimulatedCard {
  /** Absent for a card never studied. */
  readonly memory?: { readonly stability: number; readonly difficulty: number } | undefined;
  /** The study day of the last answer, 0 or less. */
  readonly lastDay: number;
  /** The study day from which on it may be asked, before 0 where it is overdue; of a card never studied, too. */
  readonly dueDay: number;
  readonly easeFactor: number;
  /** Days. */
  readonly interval: number;
  readonly repetitions: number;
  /** What it is added up with: the place of its deck in a list. */
  readonly group: number;
}

/** Many cards as columns of numbers: a simulation goes over all of them every day. */
export class SimulatedCards {
  readonly size: number;
  /** 0 for a card never studied. */
  readonly stability: Float64Array;
  readonly difficulty: Float64Array;
  readonly lastDay: Int32Array;
  readonly dueDay: Int32Array;
  readonly easeFactor: Float64Array;
  readonly interval: Int32Array;
  readonly repetitions: Int32Array;
  /** Answers in the simulation. */
  readonly answers: Int32Array;
  readonly group: Int32Array;

  constructor(size: number) {
    this.size = size;
    this.stability = new Float64Array(size);
    this.difficulty = new Float64Array(size);
    this.lastDay = new Int32Array(size);
    this.dueDay = new Int32Array(size);
    this.easeFactor = new Float64Array(size);
    this.interval = new Int32Array(size);
    this.repetitions = new Int32Array(size);
    this.answers = new Int32Array(size);
    this.group = new Int32Array(size);
  }

  static of(cards: readonly SimulatedCard[]): SimulatedCards {
    const made = new SimulatedCards(cards.length);
    for (const [index, card] of cards.entries()) {
      made.stability[index] = card.memory?.stability ?? 0;
      made.difficulty[index] = card.memory?.difficulty ?? 0;
      made.lastDay[index] = card.lastDay;
      made.dueDay[index] = card.dueDay;
      made.easeFactor[index] = card.easeFactor;
      made.interval[index] = card.interval;
      made.repetitions[index] = card.repetitions;
      made.group[index] = card.group;
    }
    return made;
  }

  /** The cards that a message brought to another thread: as bare columns, in which they can be sent. */
  static revived(columns: SimulatedCards): SimulatedCards {
    return Object.assign(new SimulatedCards(0), columns);
  }

  /** A copy of every `step`-th card, for a simulation to change. */
  sample(step = 1): SimulatedCards {
    const made = new SimulatedCards(Math.ceil(this.size / step));
    for (let index = 0; index < made.size; index++) {
      const from = index * step;
      made.stability[index] = this.stability[from] as number;
      made.difficulty[index] = this.difficulty[from] as number;
      made.lastDay[index] = this.lastDay[from] as number;
      made.dueDay[index] = this.dueDay[from] as number;
      made.easeFactor[index] = this.easeFactor[from] as number;
      made.interval[index] = this.interval[from] as number;
      made.repetitions[index] = this.repetitions[from] as number;
      made.group[index] = this.group[from] as number;
    }
    return made;
  }

  isNew(index: number): boolean {
    return this.stability[index] === 0;
  }
}
