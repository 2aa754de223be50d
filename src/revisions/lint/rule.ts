import type { Connection, Engine } from '../../engine/engine.ts';
import type { TableSize } from '../live-size.ts';
import type { Problem } from './finding.ts';
import type { EngineName, Scene } from './scene.ts';

/** The database that is there, for rules that count. */
export interface Live {
  readonly connection: Connection;
  readonly engine: Engine;
  readonly sizes: ReadonlyMap<string, TableSize>;
}

export interface Rule<Id extends string = string> {
  /** Stable: people write it into `ignores`. */
  readonly id: Id;
  readonly engines: readonly EngineName[];
  /** One sentence: what happens otherwise, with the number. */
  readonly why: string;
  /** The way down is looked at too, unless the rule makes no sense there. */
  readonly isUpOnly?: true;
  readonly check?: (scene: Scene) => Iterable<Problem>;
  /** With a database: asked of revisions that are pending there. */
  readonly live?: (scene: Scene, live: Live) => AsyncIterable<Problem>;
}

export const rule = <const Id extends string>(parts: Rule<Id>): Rule<Id> => parts;
