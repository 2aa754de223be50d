import type { Kysely } from 'kysely';
import { type SizeSample, sizesSince } from '../../db/stores/upkeep.ts';
import type { Connection, Engine } from '../../engine/engine.ts';
import type { FlashcaseTables } from '../../schema/flashcase.ts';
import type { Timestamp } from '../../schema/timestamp.ts';
import { growthOf, type SizeOnDay } from './growth.ts';
import type { TableState } from './read-tables.ts';

/** What is foretold of the database, a table or an index: the middle, and where eight of ten pairs of days lie between. */
export interface Forecast {
  readonly kind: SizeSample['object_kind'];
  /** Empty for the database. */
  readonly name: string;
  readonly bytesNow: number;
  readonly bytesPerDay: number;
  readonly bytesIn30Days: number;
  readonly lowIn30Days: number;
  readonly highIn30Days: number;
}

export interface GrowthState {
  /** The first day a size is known of, as `2026-11-27`; null: none is. */
  readonly since: string | null;
  /** Days a size is known of. */
  readonly days: number;
  /** The fastest first; none where too few days are known. */
  readonly list: readonly Forecast[];
}

/** Older days say little of what comes. */
const DAYS = 120;
const AHEAD_DAYS = 30;

const dayNumber = (day: string): number => Math.round(Date.parse(`${day}T00:00:00Z`) / 86_400_000);

/**
 * How everything grows, from the sizes noted down each day. Tables are foretold from their rows, which a live move takes along, in the bytes a row takes here; indexes and
 * the whole database from their bytes on this engine.
 */
export async function readGrowth(
  connection: Connection,
  { name: engineName }: Engine,
  now: Timestamp,
  { tables, databaseBytes }: { readonly tables: readonly TableState[]; readonly databaseBytes: number | undefined },
): Promise<GrowthState> {
  const kysely = connection.kysely as unknown as Kysely<FlashcaseTables>;
  const samples = await sizesSince({ kysely }, now.plusDays(-DAYS).text.slice(0, 10));
  const days = [...new Set(samples.map(({ taken_on }) => taken_on))];
  const series = Map.groupBy(samples, ({ object_kind, object_name }) => `${object_kind} ${object_name}`);
  const forecast = (kind: Forecast['kind'], name: string, bytesNow: number, rows?: number): Forecast[] => {
    const own = series.get(`${kind} ${name}`) ?? [];
    const perRow = rows === undefined || rows === 0 ? undefined : bytesNow / rows;
    const sizes = perRow === undefined ? ofEngine(own, engineName) : ofRows(own, engineName, perRow);
    const growth = growthOf(sizes);
    if (growth === undefined) return [];
    const after = (perDay: number): number => Math.max(0, bytesNow + AHEAD_DAYS * perDay);
    return [
      {
        kind,
        name,
        bytesNow,
        bytesPerDay: growth.perDay,
        bytesIn30Days: after(growth.perDay),
        lowIn30Days: after(growth.perDayLow),
        highIn30Days: after(growth.perDayHigh),
      },
    ];
  };
  const list = [
    ...(databaseBytes === undefined ? [] : forecast('database', '', databaseBytes)),
    ...tables.flatMap((table) => [
      ...forecast('table', table.name, table.bytes, table.rows),
      ...table.indexes.flatMap(({ name, bytes }) => forecast('index', name, bytes)),
    ]),
  ];
  return { since: days[0] ?? null, days: days.length, list: list.toSorted((a, b) => b.bytesPerDay - a.bytesPerDay) };
}

const ofEngine = (samples: readonly SizeSample[], engine: string): SizeOnDay[] =>
  samples
    .filter(({ engine_name }) => engine_name === engine)
    .map(({ taken_on, object_bytes }) => ({ day: dayNumber(taken_on), size: Number(object_bytes) }));

/** A row is a row on either engine; on the day of a move both have counted, and the one that serves now is believed. */
function ofRows(samples: readonly SizeSample[], engine: string, perRow: number): SizeOnDay[] {
  const byDay = new Map<number, number>();
  for (const { taken_on, engine_name, object_rows } of samples) {
    const day = dayNumber(taken_on);
    if (object_rows !== null && (engine_name === engine || !byDay.has(day))) byDay.set(day, Number(object_rows) * perRow);
  }
  return [...byDay].map(([day, size]) => ({ day, size }));
}
