import type { Felt } from '../latency/latency-record.ts';
import { type Html, html } from './html.ts';
import type { MoveReport } from './move-report.ts';
import { type Column, section, table } from './page-parts.ts';
import { STYLE } from './page-style.ts';
import type { Sealed } from './seal.ts';

const NAMES = { sqlite: 'SQLite', postgres: 'PostgreSQL' } as const;
const grouped = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
const moment = (at: string | undefined): string => (at === undefined ? '' : at.slice(0, 19).replace('T', ' '));
const ms = (value: number | undefined): string =>
  value === undefined ? '–' : value < 10 ? `${value.toFixed(1)} ms` : `${grouped(value)} ms`;

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} days ${hours % 24} h`;
}

const nothing = (text: string): Html => html`<p>${text}</p>`;

function answers(report: MoveReport): Html {
  const last = report.comparisons.at(-1);
  const pauses = report.switches.flatMap(({ kind, pauseMs }) => (kind === 'given-up' || pauseMs === undefined ? [] : [pauseMs]));
  const all = (report.felt ?? []).map((phase) => phase.all);
  const count = (of: (felt: Felt) => number): number => all.reduce((sum, felt) => sum + of(felt), 0);
  const failed = count((felt) => felt.failed);
  const given: readonly (readonly [string, unknown])[] = [
    [
      'Both sides, compared last',
      last === undefined
        ? html`<span class="bad">never</span>`
        : last.isEqual
          ? html`<span class="good">equal</span>, ${grouped(last.rows)} rows`
          : html`<span class="bad">different</span>`,
    ],
    [
      'Requests of users that failed',
      all.length === 0
        ? 'not measured'
        : html`<span class="${failed === 0 ? 'good' : 'bad'}">${grouped(failed)}</span> of ${grouped(count((felt) => felt.requests))} measured`,
    ],
    ['Longest pause of writes', pauses.length === 0 ? 'no switch' : ms(Math.max(...pauses))],
    ['Rows set aside (quarantine)', report.quarantine === undefined ? 'not known' : grouped(report.quarantine.rows)],
  ];
  return html`<dl class="answers">${given.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function what(report: MoveReport): Html {
  const { versions, snapshot, kept, software } = report;
  const rows: (readonly [string, unknown])[] = [
    ['From', html`<code>${report.sqliteFile}</code>${versions && html`, SQLite ${versions.sqlite}`}`],
    ['To', html`<code>${report.target}</code>${versions && html`, PostgreSQL ${versions.postgres}`}`],
    ['With', `FlashCase ${software.flashcase}, Node ${software.node}`],
    ['Epoch', `${report.epoch} (1 before the first switch; each switch raises it)`],
  ];
  if (snapshot !== undefined)
    rows.push(['Copied from', html`a snapshot of ${grouped(snapshot.bytes)} bytes, SHA-256 <code>${snapshot.sha256}</code>`]);
  if (kept !== undefined)
    rows.push([
      kept.removedAt === undefined ? 'Old file, kept' : `Old file, kept until ${moment(kept.removedAt)}, then removed`,
      html`<code>${kept.file}</code>, SHA-256 <code>${kept.sha256 ?? 'not known yet'}</code>`,
    ]);
  return table('What was moved', [{ head: 'What' }, { head: 'Which' }], rows);
}

/** How somebody asked for a command. */
const THROUGH = { terminal: 'at a terminal', program: 'by a program', page: 'on the page, by an administrator' } as const;

const confirmed = ({ confirmations }: MoveReport): Html =>
  confirmations.length === 0
    ? nothing('Nobody: no command that asks for it was recorded.')
    : table(
        'Who asked for what',
        [{ head: 'Time', style: 'moment' }, { head: 'Command' }, { head: 'User' }, { head: 'How' }, { head: 'Versions' }],
        confirmations.map(({ at, command, flags, through, user, sudoUser, host, pid, versions }) => [
          moment(at),
          html`<code>${[command, ...flags].join(' ')}</code>`,
          `${user}${sudoUser === undefined ? '' : ` (sudo by ${sudoUser})`} on ${host}, pid ${pid}`,
          `${THROUGH[through]}${flags.includes('--yes') ? ', with --yes' : ''}`,
          `FlashCase ${versions.flashcase}, Node ${versions.node}`,
        ]),
      );

const steps = ({ steps: done }: MoveReport): Html =>
  done.length === 0
    ? nothing('None is complete yet.')
    : table(
        'Steps and how long they took',
        [{ head: 'Step' }, { head: 'From', style: 'moment' }, { head: 'To', style: 'moment' }, { head: 'Took', style: 'number' }],
        done.map(({ name, from, to, seconds }) => [name, moment(from), moment(to), duration(seconds)]),
      );

const switches = ({ switches: made }: MoveReport): Html =>
  made.length === 0
    ? nothing('There was none.')
    : table(
        'Switches',
        [
          { head: 'Time', style: 'moment' },
          { head: 'Switch' },
          { head: 'Writes waited', style: 'number' },
          { head: 'Rows carried in it', style: 'number' },
          { head: 'What happened', style: 'details' },
        ],
        made.map(({ at, kind, epoch, pauseMs, keys, steps: taken, why }) => [
          moment(at),
          kind === 'given-up' ? 'given up' : `${kind}, epoch ${epoch}`,
          pauseMs === undefined ? '–' : ms(pauseMs),
          keys === undefined ? '–' : grouped(keys),
          why ?? (taken ?? []).map(({ name, atMs }) => `${name} +${Math.round(atMs)}`).join(', '),
        ]),
      );

function felt({ felt: phases }: MoveReport): Html {
  if (phases === undefined || phases.every(({ all }) => all.requests === 0))
    return nothing('Nothing was measured: no server of this version answered users during the move.');
  const figures = (of: Felt): string[] => [grouped(of.requests), ms(of.p50Ms), ms(of.p99Ms), ms(of.slowestMs)];
  const number = (head: string): Column => ({ head, style: 'number' });
  return table(
    'What users felt',
    [
      { head: 'Part' },
      { head: 'Until', style: 'moment' },
      number('Failed'),
      number('Abandoned'),
      number('Reads'),
      number('p50'),
      number('p99'),
      number('slowest'),
      number('Writes'),
      number('p50'),
      number('p99'),
      number('slowest'),
    ],
    phases.map(({ phase, to, all, reads, writes }) => [
      phase,
      to === undefined ? 'the report' : moment(to),
      all.failed === 0 ? '0' : html`<span class="bad">${grouped(all.failed)}</span>`,
      grouped(all.abandoned),
      ...figures(reads),
      ...figures(writes),
    ]),
  );
}

function tables(report: MoveReport): Html {
  const compared = report.comparisons.findLast(({ tables: list }) => list?.some(({ sqlite }) => sqlite !== undefined));
  const copied = new Map(report.tables?.map((entry) => [entry.table, entry]));
  const names = [...new Set([...(compared?.tables.map((entry) => entry.table) ?? []), ...copied.keys()])];
  if (names.length === 0) return nothing('Nothing was copied or compared yet.');
  return table(
    'Tables and digests',
    [
      { head: 'Table' },
      { head: 'In the snapshot', style: 'number' },
      { head: 'Copied', style: 'number' },
      { head: 'Set aside', style: 'number' },
      { head: 'Compared', style: 'number' },
      { head: 'Digests of both sides', style: 'details' },
    ],
    names.map((name) => {
      const copy = copied.get(name);
      const found = compared?.tables.find((entry) => entry.table === name);
      return [
        name,
        copy === undefined ? '–' : grouped(copy.rows),
        copy === undefined ? '–' : grouped(copy.copied),
        copy === undefined ? '–' : grouped(copy.quarantined),
        found === undefined ? '–' : grouped(found.rows),
        found?.sqlite === undefined
          ? 'not compared by digest'
          : found.sqlite === found.postgres
            ? html`<span class="good">equal</span> <code>${found.sqlite}</code>`
            : html`<span class="bad">different</span> SQLite <code>${found.sqlite}</code> PostgreSQL <code>${found.postgres}</code>`,
      ];
    }),
  );
}

const comparisons = ({ comparisons: made }: MoveReport): Html =>
  made.length === 0
    ? nothing('There was none.')
    : table(
        'Comparisons',
        [{ head: 'Time', style: 'moment' }, { head: 'Found' }, { head: 'Rows', style: 'number' }, { head: 'How' }],
        made.map(({ at, isEqual, primary, rows, seconds, isParanoid, position }) => [
          moment(at),
          isEqual ? html`<span class="good">equal</span>` : html`<span class="bad">different</span>`,
          grouped(rows),
          `${isParanoid ? 'every value as text' : 'digests of rows, each engine its own'}; at position ${position} of ${NAMES[primary]}’s journal; ${duration(seconds)}`,
        ]),
      );

function sameAnswers({ answers: compared }: MoveReport): Html {
  if (compared === undefined) return nothing('The shadow was never on: flashcase move shadow.');
  const { equal, undecided, differing, differences } = compared;
  const found = html`<p><span class="${differing === 0 ? 'good' : 'bad'}">${grouped(differing)}</span> of ${grouped(equal + differing)} answers differ; ${grouped(undecided)} more could not be told.</p>`;
  if (differing === 0) return found;
  return html`${found}${table(
    'Answers that differ',
    [
      { head: 'Time', style: 'moment' },
      { head: 'Read', style: 'details' },
      { head: 'Where', style: 'details' },
      { head: 'SQLite', style: 'details' },
      { head: 'PostgreSQL', style: 'details' },
    ],
    differences.map(({ at, request, where, sqlite, postgres }) => [
      moment(at),
      html`<code>${request}</code>`,
      html`<code>${where}</code>`,
      html`<code>${sqlite}</code>`,
      html`<code>${postgres}</code>`,
    ]),
  )}`;
}

function rules({ rules: decided }: MoveReport): Html {
  if (decided === undefined) return nothing('Not known.');
  if (decided.decisions.length === 0) return nothing('None was needed: every row could be carried exactly.');
  return html`${table(
    'Decisions',
    [{ head: 'No.' }, { head: 'Decision', style: 'details' }],
    decided.decisions.map((decision, i) => [i + 1, html`<code>${JSON.stringify(decision)}</code>`]),
  )}<p class="soft">SHA-256 of all: <code>${decided.hash}</code></p>`;
}

function quarantine({ quarantine: found }: MoveReport): Html {
  if (found === undefined) return nothing('Not known.');
  if (found.rows === 0) return nothing('No row was set aside.');
  const more = found.rows - found.named.length;
  return html`${table(
    'Rows set aside',
    [{ head: 'Table' }, { head: 'Key', style: 'details' }, { head: 'Why', style: 'details' }],
    found.named.map(({ table: name, key, reason }) => [name, html`<code>${key}</code>`, reason]),
  )}${more > 0 ? html`<p>And ${grouped(more)} more.</p>` : undefined}`;
}

const record = ({ events }: MoveReport): Html =>
  table(
    'The record',
    [
      { head: 'No.' },
      { head: 'Time', style: 'moment' },
      { head: 'Event' },
      { head: 'Chain' },
      { head: 'Details', style: 'details' },
    ],
    events.map(({ seq, at, kind, details, chain }) => [
      seq,
      moment(at),
      kind,
      html`<code>${chain.slice(0, 12)}</code>`,
      kind === 'facts'
        ? 'What both sides said; it is above.'
        : html`<code>${JSON.stringify({ ...details, tables: undefined })}</code>`,
    ]),
  );

const sealed = ({ seal }: Sealed<MoveReport>): Html => html`
<p>The JSON file beside this page is what is sealed; this page shows it. It is checked by <code>flashcase move report --check FILE --key ${seal.fingerprint}</code>.</p>
<p>That shows that the report is to the letter what the holder of the key signed, and that its ${seal.events} events are one unbroken chain. It does not show that the holder of the
key, who runs the installation, recorded the truth: for that, note the fingerprint and the head of the chain while a move is under way
(<code>flashcase move report</code> prints both), and look whether the record still leads there.</p>
${table(
  'Seal',
  [{ head: 'What' }, { head: 'Value' }],
  [
    ['Key', html`<code>${seal.fingerprint}</code> (ed25519)`],
    ['SHA-256', html`<code>${seal.sha256}</code>`],
    ['Head of the chain', html`<code>${seal.chainHead}</code>`],
    ['Signature', html`<code>${seal.signature}</code>`],
  ],
)}`;

/** A sealed report as one page that needs nothing else: no script, no font, no picture. */
export function reportPage(report: Sealed<MoveReport>): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Move ${report.runId}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Move ${report.runId} from SQLite to PostgreSQL</h1>
<p class="soft">${report.isFinal ? 'Finished. The report' : 'Under way. This report'} was made at ${moment(report.madeAt)}. All times are UTC.</p>
${answers(report)}
${section('What was moved', '', what(report))}
${section('Who asked for what', 'Each command is recorded before it does anything; some were refused or given up afterwards.', confirmed(report))}
${section('Steps', '', steps(report))}
${section('Switches', 'Reads do not wait. Writes wait from the moment they are held to the moment the other side takes them; milliseconds after that moment are given for each part.', switches(report))}
${section('What users felt', 'Requests to the API, measured by the servers themselves from arrival to the end of the answer. Failed: answered with a 5xx. Abandoned: the client left first. Percentiles are within 3 %. Requests around a switch count there only.', felt(report))}
${section('Tables', 'A digest is the SHA-256 over hashes of all rows, each computed by the engine that holds them, at one moment of both.', tables(report))}
${section('Comparisons', '', comparisons(report))}
${section('Answers', 'A share of what users really read was asked of both sides, at one moment, and the answers compared byte by byte.', sameAnswers(report))}
${section('Decisions', 'What the operator decided about values that PostgreSQL cannot hold as they are.', rules(report))}
${section('Quarantine', 'Rows that were set aside by a decision. They are in the old file as they were.', quarantine(report))}
${section('The record', 'Everything that was recorded, each event with the beginning of the hash of itself and all before it; lists of tables are above.', record(report))}
${section('Seal', '', sealed(report))}
</main>
</body>
</html>
`.text;
}
