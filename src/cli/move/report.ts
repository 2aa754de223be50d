import { withoutPassword } from '../../db/database-url.ts';
import type { Finding, Findings, Group } from '../../move/plan/findings.ts';
import type { Plan } from '../../move/plan/plan-move.ts';
import type { RunResult } from '../../move/run/run-move.ts';
import { isClockFarOff } from '../../move/target/inspect-target.ts';
import type { Verdict } from '../../move/verify/verify-move.ts';
import { grouped, readableBytes, readableSeconds } from './progress.ts';

/** Lays rows of cells out in columns. */
export function aligned(rows: readonly (readonly string[])[], indent: string): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  return rows
    .map((row) =>
      `${indent}${row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] as number))).join('  ')}`.trimEnd(),
    )
    .join('\n');
}

/** Rows listed per decision unless all are asked for. */
const LISTED = 10;

function findingRows(group: Group, findings: Iterable<Finding>): string[][] {
  const rows: string[][] = [];
  for (const finding of findings) {
    rows.push([
      group.id,
      `${finding.table}.${finding.column}`,
      finding.key,
      `${finding.storageClass} ${finding.shown}`,
      finding.why,
      group.decided ?? group.remedies[0] ?? '',
    ]);
  }
  if (group.rows > rows.length) rows.push([group.id, '', `(+${grouped(group.rows - rows.length)} more: --all)`, '', '', '']);
  return rows;
}

const next = (location: string): string =>
  `Next: flashcase move start --to … (${location}) while people study; or, with the server stopped, flashcase move run --to …`;

/** What `move plan` prints. */
export function planText(
  plan: Plan,
  findings: Findings,
  options: { readonly sourceFile: string; readonly rulesFile: string; readonly isAll: boolean },
): string {
  const { target, snapshot } = plan;
  const free =
    target.freeBytes === undefined ? 'the server does not say what it has' : `have ${readableBytes(target.freeBytes)}   ok`;
  const state =
    target.run === undefined
      ? 'empty'
      : target.run.state === 'done'
        ? `holds the finished move ${target.run.id}`
        : `holds the unfinished move ${target.run.id}, which can go on`;
  const lines = [
    `Read ${options.sourceFile} (${readableBytes(snapshot.bytes)}, ${plan.sources.length} tables, ${grouped(plan.rows)} rows) by the backup API. Nothing was written to source or target.`,
    aligned(
      [
        [
          'source',
          `integrity ok | UTF-8 | ${snapshot.walBytes > 0 ? `write-ahead log of ${readableBytes(snapshot.walBytes)} included` : 'no write-ahead log'} | revision ${plan.revision}`,
        ],
        [
          'target',
          `${target.version} at ${target.location} | ${state} | ${target.encoding} | clock ${isClockFarOff(target) ? 'OFF BY' : 'within'} ${Math.abs(target.clockSkewMs)} ms`,
        ],
        ['space', `need about ${readableBytes(target.neededBytes)}, ${free}`],
      ],
      '  ',
    ),
    '',
  ];
  if (plan.groups.length === 0) {
    lines.push('  All rows convert exactly. No decision is needed.', '', next(target.location));
    return lines.join('\n');
  }
  lines.push(`  ${grouped(plan.specialRows)} rows need a decision (all other rows convert exactly):`);
  const head = ['ID', 'TABLE.COLUMN', 'KEY', 'STORED', 'WHY', 'DECIDED / PROPOSED'];
  const rows = plan.groups.flatMap((group) => findingRows(group, findings.findingsOf(group, options.isAll ? -1 : LISTED)));
  lines.push(aligned([head, ...rows], '   '), '');
  lines.push(
    ...plan.groups.map(
      (group) =>
        `  ${group.id}  ${group.decided === undefined ? `open: ${group.remedies.join(' | ')}` : `decided: ${group.decided}`}`,
    ),
  );
  if (plan.open.length > 0)
    lines.push(
      '',
      `Write the ${plan.open.length} open decision${plan.open.length === 1 ? '' : 's'} into ${options.rulesFile}${plan.proposed > 0 ? ` (${plan.proposed} added there as undecided)` : ''}, then plan again.`,
    );
  else lines.push('', 'Everything is decided.', next(target.location));
  return lines.join('\n');
}

/** What `move run` prints at its end. */
export function runText(result: RunResult, options: { readonly sourceFile: string; readonly targetUrl: string }): string {
  const total = result.tables.reduce(
    (sum, row) => ({
      rowsIn: sum.rowsIn + row.rowsIn,
      rowsOut: sum.rowsOut + row.rowsOut,
      quarantined: sum.quarantined + row.quarantined,
    }),
    { rowsIn: 0, rowsOut: 0, quarantined: 0 },
  );
  const line = (name: string, row: { rowsIn: number; rowsOut: number; quarantined: number }): string[] => [
    name,
    grouped(row.rowsIn),
    '=',
    grouped(row.rowsOut),
    '+',
    `${grouped(row.quarantined)} quarantined`,
  ];
  const url = withoutPassword(options.targetUrl);
  const { prepare, data, finish } = result.seconds;
  return [
    `Move ${result.runId} is complete: ${grouped(total.rowsOut)} rows copied, ${grouped(total.quarantined)} quarantined, none missing.`,
    aligned(
      [['TABLE', 'ROWS IN', '', 'ROWS OUT', '', ''], ...result.tables.map((row) => line(row.table, row)), line('total', total)],
      '  ',
    ),
    `  checked in ${readableSeconds(prepare)}, copied in ${readableSeconds(data)} (${grouped(total.rowsOut / Math.max(data, 0.001))} rows/s), keys and indexes in ${readableSeconds(finish)}`,
    '',
    'Next:',
    `  1  flashcase move verify --to '${url}'`,
    `  2  set DATABASE_URL=${url} (with the password) and start the server`,
    `Back: ${options.sourceFile} was not changed. Set DATABASE_URL back to it; what was written to PostgreSQL since is not in it.`,
  ].join('\n');
}

/** Tables equal, what was decided, and every difference that was found. */
export function differencesText(verdict: Omit<Verdict, 'runId'>): string[] {
  const equal = verdict.tables.filter(({ differing }) => differing === 0);
  const approved = verdict.tables.filter(({ approved: { quarantined, changed } }) => quarantined + changed > 0);
  const lines = [`${equal.length}/${verdict.tables.length} tables equal.`];
  for (const {
    table,
    approved: { quarantined, changed },
  } of approved)
    lines.push(`  ${table}: as decided, ${grouped(quarantined)} quarantined and ${grouped(changed)} changed rows`);
  for (const { table, differing, differences } of verdict.tables) {
    if (differing === 0) continue;
    lines.push(`  ${table}: ${grouped(differing)} row${differing === 1 ? '' : 's'} differ${differing === 1 ? 's' : ''}`);
    lines.push(
      aligned(
        differences.map(({ key, column, source, target, why, lastWritten, isJournalled }) => [
          key,
          `column ${column}`,
          `sqlite ${source}`,
          `pg ${target}`,
          [
            why,
            ...(lastWritten === undefined ? [] : [`last written: ${lastWritten}`]),
            ...(isJournalled === true ? ['written since the copy'] : []),
          ].join('; '),
        ]),
        '    ',
      ),
    );
  }
  for (const line of verdict.schemaDifferences) lines.push(`  schema: ${line}`);
  for (const line of [...verdict.sequenceProblems, ...verdict.quarantineProblems]) lines.push(`  ${line}`);
  return lines;
}

/** What `move verify` prints. */
export function verifyText(verdict: Verdict, options: { readonly targetUrl: string; readonly seconds: number }): string {
  const rows = verdict.tables.reduce((sum, table) => sum + table.rows, 0);
  const lines = differencesText(verdict);
  lines[0] = `${lines[0]?.slice(0, -1)} (${grouped(rows)} rows, ${readableSeconds(options.seconds)}).`;
  if (verdict.isEqual) {
    lines.push(
      'Everything is equal: rows, schema, indexes, constraints, sequences.',
      `Next: set DATABASE_URL=${withoutPassword(options.targetUrl)} (with the password) and start the server.`,
    );
  } else {
    lines.push(
      'The two sides differ. If the source was written to after the move, make a new database and run the move again with the server stopped.',
    );
  }
  return lines.join('\n');
}
