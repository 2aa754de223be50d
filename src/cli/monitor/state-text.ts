import type { Finding } from '../../ops/monitor/finding.ts';
import { figureText, grouped } from '../../ops/monitor/in-words.ts';
import type { DatabaseState } from '../../ops/monitor/read-state.ts';
import type { Statement } from '../../ops/monitor/read-statements.ts';

const MARKS = { page: 'NOW    ', warning: 'today  ', note: 'note   ' } as const;
const TABLES = 12;
const INDEXES = 8;
const SQL = 70;

const bytes = (value: number | null): string => (value === null ? '–' : figureText(value, 'bytes'));

/** Columns that stand under each other; numbers to the right. */
function columns(rows: readonly (readonly string[])[], isText: readonly boolean[]): string[] {
  const widths = isText.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, i) => (isText[i] ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
      .join('  ')
      .trimEnd(),
  );
}

function findingLines({ severity, says, advice, command, runbook }: Finding): string[] {
  const indent = ' '.repeat(MARKS.note.length);
  return [
    `${MARKS[severity]}${says}`,
    `${indent}${advice}`,
    ...(command === undefined ? [] : [`${indent}  ${command}`]),
    ...(runbook === undefined ? [] : [`${indent}docs/guide/runbooks/${runbook}.md`]),
  ];
}

/** `3 h ago`, from two times as the state tells them. */
function ago(at: string | null, seenAt: string): string {
  if (at === null) return '–';
  return `${figureText(Math.max(0, (Date.parse(seenAt) - Date.parse(at)) / 1000), 'seconds')} ago`;
}

function statementLines({ statements }: DatabaseState): string[] {
  const { source, since, list } = statements;
  const who = {
    pg_stat_statements: 'counted by PostgreSQL',
    server: 'counted by the server that answers here, for itself',
    nobody: 'nobody counts them: no server answers at HOST and PORT',
  }[source];
  const shown = list.slice(0, 10);
  const row = ({ name, sql, calls, meanMs, maxMs, totalMs }: Statement): string[] => [
    name ?? sql.replace(/\s+/g, ' ').slice(0, SQL),
    grouped(calls),
    figureText(meanMs, 'milliseconds'),
    figureText(maxMs, 'milliseconds'),
    figureText(totalMs, 'milliseconds'),
  ];
  return [
    `STATEMENTS that take most (${who}${since === null ? '' : ` since ${since}`})`,
    ...(shown.length === 0
      ? []
      : columns([['', 'times', 'mean', 'longest', 'in all'], ...shown.map(row)], [true, false, false, false, false])),
    ...list
      .filter(({ plan }) => plan !== null)
      .flatMap(({ name, sql, plan }) => [
        '',
        `plan of ${name ?? sql.replace(/\s+/g, ' ').slice(0, SQL)}`,
        ...(plan ?? []).map((line) => `  ${line}`),
      ]),
  ];
}

function tableLines({ tables, seenAt, engine }: DatabaseState): string[] {
  const isCounted = engine === 'postgres';
  const largest = tables
    .flatMap(({ name, indexes }) => indexes.map((index) => ({ ...index, table: name })))
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, INDEXES);
  return [
    'TABLES',
    ...columns(
      [
        [
          '',
          'rows',
          'bytes',
          'indexes',
          'unused (est.)',
          ...(isCounted ? ['dead', 'vacuum', 'analyze', 'xid age'] : ['known to planner']),
        ],
        ...tables
          .slice(0, TABLES)
          .map((table) => [
            table.name,
            grouped(table.rows),
            bytes(table.bytes),
            bytes(table.indexBytes),
            bytes(table.bloatBytes),
            ...(isCounted
              ? [
                  grouped(table.deadRows ?? 0),
                  ago(table.vacuumedAt, seenAt),
                  ago(table.analyzedAt, seenAt),
                  grouped(table.xidAge ?? 0),
                ]
              : [table.isAnalyzed ? 'yes' : 'no']),
          ]),
      ],
      [true, false, false, false, false, false, false, false, false].slice(0, isCounted ? 9 : 6),
    ),
    ...(tables.length > TABLES ? [`and ${tables.length - TABLES} smaller ones`] : []),
    '',
    'INDEXES',
    ...columns(
      [
        ['', 'of', 'bytes', 'unused (est.)', ...(isCounted ? ['used'] : [])],
        ...largest.map(({ name, table, bytes: size, bloatBytes, scans }) => [
          name,
          table,
          bytes(size),
          bytes(bloatBytes),
          ...(isCounted ? [grouped(scans ?? 0)] : []),
        ]),
      ],
      [true, true, false, false, false].slice(0, isCounted ? 5 : 4),
    ),
  ];
}

function sessionLines({ sessions: { blocked, transactions } }: DatabaseState): string[] {
  if (blocked.length === 0 && transactions.length === 0) return [];
  return [
    '',
    'SESSIONS',
    ...blocked.map(({ pid, by, waitsSeconds, byApplication, byState }) =>
      `${pid} has waited ${figureText(waitsSeconds, 'seconds')} for ${by} ${byApplication} ${byState}`.trimEnd(),
    ),
    ...transactions
      .slice(0, 5)
      .map(
        ({ pid, application, state, ageSeconds }) =>
          `${pid} ${application} ${state}: transaction open for ${figureText(ageSeconds, 'seconds')}`,
      ),
  ];
}

/** What is foretold, with its range; too little is said to be so. */
function growthLines({ growth: { since, days, list }, upkeep: { minuteOfDay } }: DatabaseState): string[] {
  if (list.length === 0)
    return [
      `GROWTH: not enough is known (${days === 0 ? 'no day' : `${days} day${days === 1 ? '' : 's'} since ${since}`}; a week is needed)${minuteOfDay === null ? '. MAINTAIN_SCHEDULE is off: nobody notes sizes down.' : '.'}`,
    ];
  return [
    `GROWTH, from the sizes of ${days} days since ${since}`,
    ...columns(
      [
        ['', 'now', 'a day', 'in 30 days', 'eight of ten between'],
        ...list
          .slice(0, TABLES)
          .map(({ name, kind, bytesNow, bytesPerDay, bytesIn30Days, lowIn30Days, highIn30Days }) => [
            kind === 'database' ? 'the whole database' : name,
            bytes(bytesNow),
            bytes(bytesPerDay),
            bytes(bytesIn30Days),
            `${bytes(lowIn30Days)} and ${bytes(highIn30Days)}`,
          ]),
      ],
      [true, false, false, false, false],
    ),
  ];
}

/** What is done by the schedule. */
function upkeepLines({ upkeep: { minuteOfDay, runs, due } }: DatabaseState): string[] {
  const time =
    minuteOfDay === null
      ? 'MAINTAIN_SCHEDULE is off'
      : `every day at ${String(Math.floor(minuteOfDay / 60)).padStart(2, '0')}:${String(minuteOfDay % 60).padStart(2, '0')} UTC`;
  return [
    `UPKEEP: ${time}; ${due.length === 0 ? 'nothing is due' : `${due.length} due`}`,
    ...runs
      .slice(0, 3)
      .map(
        ({ slot, host, endedAt, wentWell, told }) =>
          `${slot} by ${host}: ${endedAt === null ? 'under way' : `${wentWell === true ? '' : 'FAILED: '}${(told ?? '').replaceAll('\n', '; ')}`}`,
      ),
  ];
}

/** The figures worth a line each, as far as they are told. */
const FIGURES: readonly (readonly [name: string, what: string, unit: Parameters<typeof figureText>[1]])[] = [
  ['database_bytes', 'size', 'bytes'],
  ['sqlite_wal_bytes', 'write-ahead log', 'bytes'],
  ['sqlite_wal_frames_waiting', 'pages waiting for a checkpoint', 'number'],
  ['sqlite_free_bytes', 'free pages', 'bytes'],
  ['postgres_connections_used', 'connections of everybody', 'number'],
  ['postgres_locks_waiting', 'locks waited for', 'number'],
  ['postgres_xid_age', 'oldest transaction id', 'transactions'],
  ['postgres_replicas', 'standbys', 'number'],
  ['postgres_replica_lag_seconds', 'lag of the standby farthest behind', 'seconds'],
  ['postgres_archive_last_success_age_seconds', 'last archived', 'seconds'],
  ['backup_last_success_age_seconds', 'last backup', 'seconds'],
  ['restore_drill_last_success_age_seconds', 'last drill', 'seconds'],
];

function figureLines({ readings, pool }: DatabaseState): string[] {
  const told = FIGURES.flatMap(([name, what, unit]) => {
    const found = readings.find((reading) => reading.name === name);
    return found === undefined ? [] : [`${what} ${figureText(found.value, unit)}`];
  });
  const connections = pool === null ? [] : [`server: ${pool.inUse} of ${pool.limit} connections in use, ${pool.waiting} waiting`];
  const disks = readings
    .filter(({ name }) => name === 'disk_free_ratio')
    .map(({ value, labels }) => `disk of the ${labels?.of ?? 'data'} ${figureText(value, 'share')} free`);
  return [[...told, ...disks, ...connections].join('; ')];
}

/** The state as text for a terminal: first what somebody should do, then the figures it follows from. */
export function stateText(state: DatabaseState): string[] {
  const { findings, version, location, revision, seenAt, unread } = state;
  const urgent = findings.filter(({ severity }) => severity !== 'note').length;
  return [
    `${location}  ${version}  revision ${revision ?? 'none'}  ${seenAt}`,
    ...figureLines(state),
    '',
    urgent === 0 ? 'Nothing is wrong.' : `${urgent} to look at:`,
    ...findings.flatMap(findingLines),
    '',
    ...tableLines(state),
    '',
    ...growthLines(state),
    '',
    ...upkeepLines(state),
    ...sessionLines(state),
    '',
    ...statementLines(state),
    ...unread.map((line) => `not read: ${line}`),
  ];
}
