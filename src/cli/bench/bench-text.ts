import { ACTIONS, DESCRIBED } from '../../ops/bench/actions.ts';
import type { BenchResult } from '../../ops/bench/bench-result.ts';
import type { StepFigures } from '../../ops/bench/figures.ts';
import { grouped } from '../../ops/bench/grouped.ts';
import { basisLines, bytes, costOfStep, milliseconds } from '../../ops/bench/words.ts';

/** Lines of a table: the first cell to the left, the others to the right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
      .join('  ')
      .trimEnd(),
  );
}

const eachStep = ({ plan, sides }: BenchResult, row: (step: StepFigures, isFile: boolean) => readonly string[]): string[][] =>
  plan.clients.flatMap((clients, i) =>
    sides.map(({ name, engine, steps }) => [`${clients} × ${name}`, ...row(steps[i] as StepFigures, engine === 'sqlite')]),
  );

/** A comparison for a terminal. */
export function benchText(result: BenchResult): string[] {
  const { sides, data, verdict, plan, seed, isCountEqual } = result;
  const last = plan.clients.length - 1;
  const ms = (value: number | undefined): string => (value === undefined ? '-' : milliseconds(value));
  return [
    ...sides.map(
      ({ name, where, version, diskBytesBefore, diskBytes }) =>
        `${name}: ${version}, ${where}, ${bytes(diskBytesBefore)} before the load, ${bytes(diskBytes)} after`,
    ),
    `Data: ${grouped(data.users)} users, ${grouped(data.cards)} cards, ${grouped(data.reviews)} answers; both copies have the same ${grouped(data.comparedRows)} rows. Seed ${seed}.`,
    '',
    ...columns([
      ['clients', 'a second', 'failed', 'p50', 'p95', 'p99', 'p99 writes'],
      ...eachStep(result, ({ perSecond, failed, all, writes }) => [
        grouped(perSecond),
        grouped(failed),
        ms(all?.p50Ms),
        ms(all?.p95Ms),
        ms(all?.p99Ms),
        ms(writes?.p99Ms),
      ]),
    ]),
    '',
    ...columns([
      [`at ${plan.clients[last]} clients`, ...sides.flatMap(({ name }) => [`${name} p50`, 'p95', 'p99'])],
      ...ACTIONS.map((action) => [
        DESCRIBED[action].about,
        ...sides.flatMap(({ steps }) => {
          const found = steps[last]?.routes[action];
          return [ms(found?.p50Ms), ms(found?.p95Ms), ms(found?.p99Ms)];
        }),
      ]),
    ]),
    '',
    ...columns([
      ['a request costs', 'FlashCase', 'PostgreSQL', 'memory', 'PostgreSQL', 'pool waits', 'written'],
      ...eachStep(result, (step, isFile) => {
        const cost = costOfStep(step);
        const own = (value: string | undefined): string => (isFile ? '-' : (value ?? 'not known'));
        return [
          milliseconds(cost.serverCpuMs),
          own(cost.databaseCpuMs === undefined ? undefined : milliseconds(cost.databaseCpuMs)),
          bytes(step.cost.serverRssBytes),
          own(step.cost.databaseRssBytes === undefined ? undefined : bytes(step.cost.databaseRssBytes)),
          grouped(step.cost.poolWaits),
          cost.writtenBytes === undefined ? 'not known' : bytes(cost.writtenBytes),
        ];
      }),
    ]),
    '',
    verdict.text,
    ...verdict.reasons.map((reason) => `  ${reason}`),
    '',
    'What this rests on:',
    ...basisLines(result).map((line) => `  ${line}`),
    ...(isCountEqual ? [] : ['', 'A server counted other requests than it was sent: do not trust these figures.']),
  ];
}
