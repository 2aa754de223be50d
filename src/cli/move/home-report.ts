import type { OtherSession } from '../../move/home/inspect-source.ts';
import type { HomePlan } from '../../move/home/plan-home.ts';
import type { HomeRun } from '../../move/home/run-home.ts';
import type { HomeStanding, HomeStatus } from '../../move/home/status.ts';
import type { Verdict } from '../../move/verify/verify-move.ts';
import { grouped, readableBytes, readableSeconds } from './progress.ts';
import { aligned, differencesText } from './report.ts';

const sessionText = ({ pid, user, program, from }: OtherSession): string =>
  `pid ${pid} (${[user, program, from].filter((part) => part !== undefined && part !== '').join(', ')})`;

/** What `move plan` prints on the way home. */
export function homePlanText(
  plan: HomePlan,
  options: { readonly sqliteFile: string; readonly isLeavingUnknown: boolean },
): string {
  const { source, sessions, findings, open } = plan;
  const lines = [
    `Read ${source.location} (${source.version}, ${source.tables.length} tables, ${grouped(source.rows)} rows) in one snapshot. Nothing was written on either side.`,
    aligned(
      [
        [
          'source',
          `revision ${source.revision} | UTF8 | schema as its revisions say | ${plan.interrupted === undefined ? 'open' : `fenced by ${plan.interrupted}, which can go on`}`,
        ],
        [
          'target',
          `${options.sqliteFile} | not there yet${plan.freeBytes === undefined ? '' : ` | ${readableBytes(plan.freeBytes)} free`}`,
        ],
        [
          'space',
          `about ${readableBytes(source.bytes)}, less where much was deleted in PostgreSQL${(plan.freeBytes ?? source.bytes) < source.bytes ? '   MAY NOT BE ENOUGH' : ''}`,
        ],
        [
          'others',
          sessions.length === 0
            ? 'nobody else is connected'
            : `${sessions.slice(0, 6).map(sessionText).join('; ')}${sessions.length > 6 ? ` and ${sessions.length - 6} more` : ''}`,
        ],
      ],
      '  ',
    ),
    '',
  ];
  for (const line of source.leftBehind) lines.push(`  the file will not have: ${line}`);
  if (source.setAside > 0)
    lines.push(`  ${grouped(source.setAside)} rows an earlier move set aside stay in flashcase_move.quarantine of PostgreSQL`);
  for (const { table, column, kind, rows, why, examples, find } of findings) {
    const isLeft = kind === 'unknown_table' && options.isLeavingUnknown;
    lines.push(
      `  ${isLeft ? 'stays   ' : 'OPEN    '}${table}${column === '*' ? '' : `.${column}`} ${kind}: ${grouped(rows)} row${rows === 1 ? '' : 's'}; ${why}`,
    );
    for (const { key, value } of examples) lines.push(`            ${key}  ${value}`);
    if (rows > examples.length && examples.length > 0) lines.push(`            (+${grouped(rows - examples.length)} more)`);
    if (!isLeft) lines.push(`            ${find}`);
  }
  if (open.length > 0) {
    lines.push(
      '',
      'SQLite cannot hold these as they are. Change them in PostgreSQL, or delete the rows, then plan again.',
      ...(open.some(({ kind }) => kind === 'unknown_table')
        ? ['A table the schema does not have may stay in PostgreSQL: --leave-unknown.']
        : []),
    );
    return lines.join('\n');
  }
  lines.push(
    '  Everything converts exactly.',
    '',
    `Next: ${sessions.length > 0 ? 'stop the servers, then ' : ''}flashcase move run --to '${options.sqliteFile}'`,
  );
  return lines.join('\n');
}

/** What `move run` prints at the end of the way home. */
export function homeRunText(run: HomeRun): string {
  const total = (read: (row: HomeRun['tables'][number]) => number): number => run.tables.reduce((sum, row) => sum + read(row), 0);
  const rowsOut = total(({ rowsOut: rows }) => rows);
  return [
    `Move ${run.runId} ${run.wasDone ? 'was complete already' : 'is complete'}: ${grouped(rowsOut)} rows came home, none missing; every table is equal${run.isParanoid ? ', by digests and by texts' : ''}.`,
    aligned(
      [
        ['TABLE', 'ROWS IN', '', 'ROWS OUT'],
        ...run.tables.map(({ table, rowsIn, rowsOut: out }) => [table, grouped(rowsIn), '=', grouped(out)]),
        ['total', grouped(total(({ rowsIn }) => rowsIn)), '=', grouped(rowsOut)],
      ],
      '  ',
    ),
    `  copied in ${readableSeconds(run.seconds.copy)}, compared in ${readableSeconds(run.seconds.verify)}`,
    `  ${run.file}  sha256 ${run.sha256.slice(0, 16)}…`,
    '',
    'Next:',
    `  1  set DATABASE_URL=sqlite:///${run.file}`,
    '  2  start the server',
    'PostgreSQL is as it was, refuses every write, and tells servers that still look there where the data is. Drop that database when nobody needs it.',
    'Back: to a new PostgreSQL database, with what is written from now on: flashcase move start --to URL.',
  ].join('\n');
}

/** What `move verify` prints about a file that came home. */
export function homeVerdictText(verdict: Omit<Verdict, 'runId'>, seconds: number): string {
  const rows = verdict.tables.reduce((sum, table) => sum + table.rows, 0);
  const lines = differencesText(verdict);
  lines[0] = `${lines[0]?.slice(0, -1)} (${grouped(rows)} rows, ${readableSeconds(seconds)}).`;
  lines.push(
    verdict.isEqual
      ? 'Everything is equal: rows, schema, indexes, constraints, counters.'
      : 'The two sides differ. What was written to the file since it came home is in it only.',
  );
  return lines.join('\n');
}

/** What each standing means, and what goes on from there; `FILE` is the file's place. */
const STANDINGS: Readonly<
  Record<HomeStanding, { readonly phase: string; readonly file: string; readonly next: readonly string[] }>
> = {
  making: {
    phase: 'home, offline: the file is being made',
    file: 'not there yet',
    next: ['wait for the command that makes it', 'flashcase move status'],
  },
  interrupted: {
    phase: 'home, offline: INTERRUPTED, the command that made the file is gone',
    file: 'not there: it was not complete, and nothing was written to it',
    next: ["flashcase move run --to 'FILE'", 'flashcase move abort'],
  },
  named: {
    phase: 'home, offline: the file is complete and is the primary; PostgreSQL was not told yet',
    file: 'there',
    next: ["flashcase move run --to 'FILE'"],
  },
  home: {
    phase: 'home, offline: over; the file is the primary',
    file: 'there',
    next: ['set DATABASE_URL=sqlite:///FILE, start the server'],
  },
  lost: {
    phase: 'home, offline: over; the file was the primary',
    file: 'NOT THERE: what was written to it is not in PostgreSQL',
    next: [
      'put it back, or look for it on the machine it went to',
      'where it is lost for good: flashcase move abort --accept-loss',
    ],
  },
};

/** Who refuses writes, and why. */
const closedLine = ({ standing, closedAt }: HomeStatus): string =>
  standing === 'making' || standing === 'interrupted'
    ? `CLOSED for writes since ${closedAt} UTC, of every program: what was written now would not be in the file. It has everything, and serves reads`
    : `closed for writes since ${closedAt} UTC, for good: the data is in the file`;

/** What may be typed next, the likeliest first. */
export const homeNextSteps = ({ standing, file }: HomeStatus): string[] =>
  STANDINGS[standing].next.map((step) => step.replace('FILE', () => file));

/** What `move status` prints while PostgreSQL is closed by a move home. */
export function homeStatusText(status: HomeStatus, from: string): string {
  const { phase, file } = STANDINGS[status.standing];
  return [
    `Move ${status.runId} from ${from} home to ${status.file}`,
    aligned(
      [
        ['phase', phase],
        ['PostgreSQL', closedLine(status)],
        ['file', file],
      ],
      '  ',
    ),
    `Next: ${homeNextSteps(status).join('  |  ')}`,
  ].join('\n');
}
