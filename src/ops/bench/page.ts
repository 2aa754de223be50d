import { Html, html } from '../../move/report/html.ts';
import { type Column, section, table } from '../../move/report/page-parts.ts';
import { STYLE } from '../../move/report/page-style.ts';
import { ACTIONS, DESCRIBED } from './actions.ts';
import type { BenchResult, MeasuredSide } from './bench-result.ts';
import type { StepFigures } from './figures.ts';
import { grouped } from './grouped.ts';
import { legend, type Plot, plotSvg } from './plot.ts';
import { roughly } from './verdict.ts';
import { basisLines, bytes, costOfStep, milliseconds, shortTime } from './words.ts';

/** What plots add to the style of the reports. Both colours keep 3 : 1 to either ground, and lines differ by dashes and marks too. */
const PLOT_STYLE = new Html(`
:root { --one: #9a3412; --two: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --one: #f0883e; --two: #79c0ff; } }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; min-width: 0; }
figcaption { font-weight: 600; margin-bottom: .25rem; }
.plot { display: block; width: 100%; height: auto; max-width: 40rem; }
.plot text { font: 11px system-ui, sans-serif; fill: var(--soft); }
.end { text-anchor: end; } .middle { text-anchor: middle; }
.grid { stroke: var(--line); fill: none; }
.level { stroke: var(--bad); stroke-dasharray: 2 3; fill: none; } .plot .level-name { fill: var(--bad); }
.line0 path, .line1 path { fill: none; stroke-width: 2; }
.line0 path { stroke: var(--one); } .line0 circle { fill: var(--one); }
.line1 path { stroke: var(--two); stroke-dasharray: 7 4; } .line1 rect { fill: var(--two); }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; max-width: none; } .key { display: inline-flex; align-items: center; gap: .4rem; overflow-wrap: anywhere; }
.wide thead th { white-space: normal; vertical-align: bottom; min-width: 4.5rem; }
.route { display: inline-block; min-width: 11rem; }
.verdict { font-size: 1.25rem; line-height: 1.35; font-weight: 600; margin: 1rem 0 .5rem; max-width: 46rem; }
details { margin: .5rem 0 0; } summary { cursor: pointer; color: var(--soft); }
@media print { :root { --one: #000; --two: #555; } details > summary { display: none; } figure { break-inside: avoid; } }
`);

const number = (head: string): Column => ({ head, style: 'number' });

const eachStep = (
  { plan, sides }: BenchResult,
  row: (step: StepFigures, side: MeasuredSide) => readonly unknown[],
): (readonly unknown[])[] =>
  plan.clients.flatMap((clients, i) =>
    sides.map((side) => [`${clients}, ${side.name}`, ...row(side.steps[i] as StepFigures, side)]),
  );

function figure(
  result: BenchResult,
  plot: Omit<Plot, 'steps' | 'lines'>,
  id: string,
  value: (step: StepFigures) => number | undefined,
): Html {
  const { plan, sides } = result;
  const lines = sides.map(({ name, steps }) => ({ name, values: steps.map(value) }));
  const shown = (found: number | undefined): string => (found === undefined ? '–' : plot.format(found));
  return html`<figure><figcaption>${plot.title}</figcaption>
${plotSvg({ ...plot, steps: plan.clients, lines }, id)}
<details><summary>The same as a table</summary>${table(
    plot.title,
    [number('Clients'), ...sides.map(({ name }) => number(name))],
    plan.clients.map((clients, i) => [clients, ...lines.map(({ values }) => shown(values[i]))]),
  )}</details></figure>`;
}

function plots(result: BenchResult): Html {
  const { sides, basis } = result;
  const [one, two] = [sides[0].name, sides[1].name];
  return html`${legend([one, two])}<div class="plots">
${figure(
  result,
  {
    title: 'Requests answered a second',
    about: `How many requests ${one} and ${two} answered a second, by clients side by side.`,
    format: roughly,
  },
  'throughput',
  (step) => step.perSecond,
)}
${figure(
  result,
  {
    title: 'Writes: 99 of 100 were faster than',
    about: `The 99th percentile of writes on ${one} and ${two}, by clients side by side, beside the goal of ${basis.goalMs} ms. Each line of the grid is ten times the one below.`,
    level: { name: `goal: ${basis.goalMs} ms`, value: basis.goalMs },
    isByRatio: true,
    format: shortTime,
  },
  'writes',
  (step) => step.writes?.p99Ms,
)}
${figure(
  result,
  {
    title: 'All requests: half were faster than',
    about: `The median of all requests on ${one} and ${two}, by clients side by side. Each line of the grid is ten times the one below.`,
    isByRatio: true,
    format: shortTime,
  },
  'median',
  (step) => step.all?.p50Ms,
)}
${figure(
  result,
  {
    title: 'Processor time a request',
    about: `Processor time of FlashCase and, where it is known, of PostgreSQL, a request, by clients side by side.`,
    format: shortTime,
  },
  'cpu',
  (step) => costOfStep(step).cpuMsPerRequest,
)}
</div>`;
}

const latencies = (result: BenchResult): Html => {
  const { plan, sides } = result;
  return html`${plan.clients.map((clients, i) => {
    const shown = table(
      `Routes at ${clients} clients`,
      [
        { head: 'Route' },
        ...sides.flatMap(({ name }) => [number(`${name}: requests`), number('p50'), number('p95'), number('p99')]),
      ],
      ACTIONS.filter((action) => sides.some((side) => side.steps[i]?.routes[action] !== undefined)).map((action) => [
        html`<span class="route">${DESCRIBED[action].about}<br><code>${DESCRIBED[action].route}</code></span>`,
        ...sides.flatMap((side) => {
          const found = side.steps[i]?.routes[action];
          return found === undefined
            ? ['0', '–', '–', '–']
            : [grouped(found.requests), milliseconds(found.p50Ms), milliseconds(found.p95Ms), milliseconds(found.p99Ms)];
        }),
      ]),
    );
    const isLast = i === plan.clients.length - 1;
    return html`<details${isLast ? html` open` : html``}><summary>${clients} ${clients === 1 ? 'client' : 'clients'} side by side</summary>${shown}</details>`;
  })}`;
};

const steps = (result: BenchResult): Html =>
  table(
    'Steps',
    [
      { head: 'Clients, side', style: 'moment' },
      number('Requests'),
      number('Failed'),
      number('A second'),
      number('Slowest to fastest round'),
      number('p50'),
      number('p99'),
      number('p99 of writes'),
    ],
    eachStep(result, ({ requests, failed, perSecond, perSecondOfRounds, all, writes }) => [
      grouped(requests),
      failed === 0 ? '0' : html`<span class="bad">${grouped(failed)}</span>`,
      grouped(perSecond),
      `${grouped(Math.min(...perSecondOfRounds))} to ${grouped(Math.max(...perSecondOfRounds))}`,
      all === undefined ? '–' : milliseconds(all.p50Ms),
      all === undefined ? '–' : milliseconds(all.p99Ms),
      writes === undefined ? '–' : milliseconds(writes.p99Ms),
    ]),
  );

const costs = (result: BenchResult): Html =>
  html`${table(
    'Costs',
    [
      { head: 'Clients, side', style: 'moment' },
      number('FlashCase: processor a request'),
      number('PostgreSQL: processor a request'),
      number('FlashCase: memory'),
      number('PostgreSQL: memory'),
      number('Waits of the pool'),
      number('… each, on average'),
      number('Written a request'),
    ],
    eachStep(result, (step, { engine }) => {
      const cost = costOfStep(step);
      const ofDatabase = (value: string | undefined): string => (engine === 'sqlite' ? 'none' : (value ?? 'not known'));
      return [
        milliseconds(cost.serverCpuMs),
        ofDatabase(cost.databaseCpuMs === undefined ? undefined : milliseconds(cost.databaseCpuMs)),
        bytes(step.cost.serverRssBytes),
        ofDatabase(step.cost.databaseRssBytes === undefined ? undefined : bytes(step.cost.databaseRssBytes)),
        grouped(step.cost.poolWaits),
        step.cost.poolWaits === 0 ? '–' : milliseconds((step.cost.poolWaitSeconds * 1000) / step.cost.poolWaits),
        cost.writtenBytes === undefined ? 'not known' : bytes(cost.writtenBytes),
      ];
    }),
  )}<p class="soft">On the disk, by SQLite with its log:</p>${table(
    'Disk',
    [{ head: 'Side' }, number('Before the load'), number('After it')],
    result.sides.map(({ name, diskBytesBefore, diskBytes }) => [name, bytes(diskBytesBefore), bytes(diskBytes)]),
  )}`;

function head(result: BenchResult): Html {
  const { verdict, sides, isCountEqual } = result;
  const reach = (side: MeasuredSide, { users, perSecond }: typeof verdict.from): readonly [string, unknown] => [
    `${side.name} holds the goal`,
    users === undefined || perSecond === undefined ? 'at no load' : `to ${roughly(users)} users`,
  ];
  const failed = sides.reduce((all, side) => all + side.steps.reduce((sum, step) => sum + step.failed, 0), 0);
  const given: readonly (readonly [string, unknown])[] = [
    reach(sides[0], verdict.from),
    reach(sides[1], verdict.to),
    ['Requests that failed', html`<span class="${failed === 0 ? 'good' : 'bad'}">${grouped(failed)}</span>`],
    [
      'Servers counted what was sent',
      isCountEqual ? html`<span class="good">yes, both</span>` : html`<span class="bad">no</span>`,
    ],
  ];
  return html`<p class="verdict">${verdict.text}</p>
<ul>${verdict.reasons.map((reason) => html`<li>${reason}</li>`)}</ul>
<dl class="answers">${given.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

const what = ({ sides, data, machine, software, seed, plan }: BenchResult): Html =>
  table(
    'What was measured',
    [{ head: 'What' }, { head: 'Which' }],
    [
      ...sides.map(({ name, where, version }) => [name, html`${version}, at <code>${where}</code>`]),
      [
        'Data',
        `${grouped(data.users)} users, ${grouped(data.cards)} cards, ${grouped(data.reviews)} answers${data.modelled === undefined ? '' : `; ${grouped(data.modelled.users)} of the users are made up, with ${grouped(data.modelled.reviewsPerUser)} answers each`}; the load acts as ${grouped(data.students)} of them`,
      ],
      ['Both copies', `${grouped(data.comparedRows)} rows, compared before the load: equal`],
      [
        'Load',
        `${plan.rounds} rounds of ${plan.seconds} s a step and side, each after ${plan.warmUpSeconds} s that do not count; seed ${seed}`,
      ],
      ['Machine', `${machine.cpu}, ${machine.cores} cores, ${bytes(machine.memoryBytes)}, ${machine.system}`],
      ['With', `FlashCase ${software.flashcase}, Node ${software.node}`],
    ],
  );

const basis = (result: BenchResult): Html =>
  html`<ul>${basisLines(result).map((line) => html`<li>${line}</li>`)}</ul>${table(
    'The mix',
    [{ head: 'What people do' }, number('Of 100 requests')],
    ACTIONS.map((action) => [
      html`<span class="route">${DESCRIBED[action].about} <code>${DESCRIBED[action].route}</code></span>`,
      result.mix.shares[action].toFixed(1),
    ]),
  )}`;

/** A comparison as one page that needs nothing else: no script, no font, no picture. */
export function benchPage(result: BenchResult): string {
  const title = `${result.sides[0].name} and ${result.sides[1].name} under the same load`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}${PLOT_STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="soft">Measured by flashcase bench at ${result.at.slice(0, 19)} UTC, on copies. What is true of this machine, this data and this load need not be true of others.</p>
${head(result)}
${section('At a glance', '', plots(result))}
${section('What the verdict rests on', '', basis(result))}
${section('Steps', 'All rounds of a step together. Percentiles are exact: every request that began after the warm-up counts.', steps(result))}
${section('Routes', 'Milliseconds from sending a request to the end of its answer, as the client saw it.', latencies(result))}
${section('Costs', 'Of FlashCase’s process and of all processes of the PostgreSQL server; the warm-up included, divided by all requests sent. Written: by SQLite what the process gave the disk; by PostgreSQL its write-ahead log, to which its data files come later.', costs(result))}
${section('What was measured', '', what(result))}
</main>
</body>
</html>
`.text;
}
