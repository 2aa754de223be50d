import type { Compilable, Kysely } from 'kysely';
import type { Capabilities } from '../engine/engine.ts';
import type { FlashcaseTables } from '../schema/flashcase.ts';
import type { Session } from './database.ts';

/** Stands for a value while a query is built. */
class Place {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

type Builder<Values, Row> = (
  kysely: Kysely<FlashcaseTables>,
  /** Where a value goes; the text must not depend on it. */
  value: <Name extends keyof Values & string>(name: Name) => Values[Name],
  capabilities: Capabilities,
) => Compilable<Row>;

export interface HotQuery {
  /** For `flashcase db explain`. */
  readonly name: string;
  /** Its text on an engine. */
  text(kysely: Kysely<FlashcaseTables>, capabilities: Capabilities): string;
}

/** Every query declared so far, for the lists that each release keeps (src/db/queries.*.sql) and for its plan. */
export const hotQueries: HotQuery[] = [];

/**
 * A query of a hot path: its text is made once an engine, at first use, and only its values change. Building the text again for each of
 * a review's nine queries took a fifth of the server's processor time.
 * The two calls let TypeScript infer the row from the query while the values are named: `precompiled<{ userId: bigint }>('name')(…)`.
 */
export function precompiled<Values extends Record<string, unknown>>(name: string) {
  const place = <Name extends keyof Values & string>(name: Name) => new Place(name) as unknown as Values[Name];
  return <Row>(build: Builder<Values, Row>): ((session: Session, values: Values) => Promise<Row[]>) => {
    hotQueries.push({ name, text: (kysely, capabilities) => build(kysely, place, capabilities).compile().sql });
    const texts = new WeakMap<Capabilities, { sql: string; parameters: readonly unknown[] }>();
    return async ({ connection, kysely, capabilities }, values) => {
      let text = texts.get(capabilities);
      if (text === undefined) {
        text = build(kysely, place, capabilities).compile();
        texts.set(capabilities, text);
      }
      const parameters = text.parameters.map((parameter) => (parameter instanceof Place ? values[parameter.name] : parameter));
      // Results are decoded by column name for every query, so the row is what Kysely says it is.
      return (await connection.query(text.sql, parameters)) as Row[];
    };
  };
}
