import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { databaseState } from '../api/queries.ts';
import type { DatabaseState } from '../api/types.ts';
import { bytes, duration } from '../lib/figures.ts';
import { count, day, moment, percent } from '../lib/text.ts';
import { LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import '../styles/stats.css';
import '../styles/database.css';

/** The database, for administrators: what `flashcase monitor` says. */
export default function DatabasePage() {
  const state = useQuery(databaseState);
  const { data } = state;
  return (
    <Page title="Database">
      <h1>Database</h1>
      {data === undefined ? (
        state.isError ? (
          <LoadFailure what="The database" error={state.error} onRetry={() => void state.refetch()} />
        ) : (
          <Loading what="Looking at the database" />
        )
      ) : (
        <>
          <p className="lead" role="status">
            {standing(data)}
          </p>
          <Findings findings={data.findings} />
          <Now state={data} />
          <Upkeep upkeep={data.upkeep} />
          <Growth growth={data.growth} />
          <Backups backups={data.backups} seenAt={data.seenAt} />
          <Statements statements={data.statements} />
          <Tables state={data} />
          <Sessions sessions={data.sessions} />
          {data.unread.map((line) => (
            <p key={line} className="soft">
              Not read: {line}
            </p>
          ))}
          <p className="aside">
            {state.isError
              ? `The server does not answer; this is as of ${moment(data.seenAt)}.`
              : `Seen at ${moment(data.seenAt)}.`}{' '}
            The same in a terminal: <code>flashcase monitor</code>
          </p>
        </>
      )}
    </Page>
  );
}

/** In one sentence that changes seldom: screen readers hear it when it does. */
function standing({ findings }: DatabaseState): string {
  const urgent = findings.filter(({ severity }) => severity !== 'note').length;
  return urgent === 0 ? 'Nothing is wrong.' : `${count(urgent, 'thing')} to look at.`;
}

const SEVERITIES = { page: 'Now', warning: 'Today', note: 'Note' } as const;

function Findings({ findings }: Pick<DatabaseState, 'findings'>) {
  if (findings.length === 0) return null;
  return (
    <section className="section" aria-labelledby="findings">
      <h2 id="findings">What to do</h2>
      <ul className="findings">
        {findings.map(({ id, on = '', severity, says, advice, command, runbook }) => (
          <li key={`${id} ${on} ${says}`} className={`finding finding--${severity}`}>
            <p>
              <strong className="finding__when">{SEVERITIES[severity]}</strong> {says}
            </p>
            <p>{advice}</p>
            {command !== undefined && <code className="command">{command}</code>}
            {runbook !== undefined && <p className="soft">More in docs/guide/runbooks/{runbook}.md</p>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Figure({ what, more, children }: { what: string; more?: string | undefined; children: ReactNode }) {
  return (
    <div className="figure">
      <dt>{what}</dt>
      <dd>
        {children}
        {more !== undefined && <span className="figure__more">{more}</span>}
      </dd>
    </div>
  );
}

function Now({ state: { readings, pool, engine, version, location, revision } }: { state: DatabaseState }) {
  const of = (name: string): number | undefined => readings.find((reading) => reading.name === name)?.value;
  const size = of('database_bytes');
  const lag = of('postgres_replica_lag_seconds');
  const standbys = of('postgres_replicas') ?? 0;
  const archived = of('postgres_archive_last_success_age_seconds');
  const connections = of('postgres_connections_used');
  const xids = of('postgres_xid_age');
  const wal = of('sqlite_wal_bytes');
  return (
    <section className="section" aria-labelledby="now">
      <h2 id="now">Now</h2>
      <dl className="figures">
        {size !== undefined && <Figure what="Size">{bytes(size)}</Figure>}
        {pool !== null && (
          <Figure what="Connections of this server" more={`${pool.waiting.toLocaleString()} waiting`}>
            {pool.inUse} of {pool.limit}
          </Figure>
        )}
        {connections !== undefined && (
          <Figure what="Connections of everybody" more={`of ${(of('postgres_connections_max') ?? 0).toLocaleString()}`}>
            {connections.toLocaleString()}
          </Figure>
        )}
        {wal !== undefined && (
          <Figure what="Write-ahead log" more={`${count(of('sqlite_wal_frames_waiting') ?? 0, 'page')} to carry`}>
            {bytes(wal)}
          </Figure>
        )}
        {engine === 'sqlite' && <Figure what="Free pages">{bytes(of('sqlite_free_bytes') ?? 0)}</Figure>}
        {xids !== undefined && (
          <Figure what="Oldest transaction id" more="writes stop at 2.1 billion">
            {xids.toLocaleString()}
          </Figure>
        )}
        {engine === 'postgres' && <Figure what="Locks waited for">{(of('postgres_locks_waiting') ?? 0).toLocaleString()}</Figure>}
        {standbys > 0 && (
          <Figure what="Standbys" more={lag === undefined ? undefined : `${duration(lag)} behind`}>
            {standbys}
          </Figure>
        )}
        {readings
          .filter(({ name }) => name === 'disk_free_ratio')
          .map(({ value, labels }) => (
            <Figure key={labels?.of} what={`Disk of the ${labels?.of ?? 'data'}`}>
              {percent(value)} free
            </Figure>
          ))}
        {archived !== undefined && <Figure what="Last archived">{duration(archived)} ago</Figure>}
      </dl>
      <dl className="facts database__facts">
        <dt>Engine</dt>
        <dd>{version}</dd>
        <dt>At</dt>
        <dd>{location}</dd>
        <dt>Revision</dt>
        <dd>{revision ?? 'none'}</dd>
        <dt>Live move</dt>
        <dd>
          <Link href="/move">Look at it</Link>
        </dd>
      </dl>
    </section>
  );
}

const atTime = (minuteOfDay: number): string =>
  `every day at ${String(Math.floor(minuteOfDay / 60)).padStart(2, '0')}:${String(minuteOfDay % 60).padStart(2, '0')} UTC`;

function Upkeep({ upkeep: { due, minuteOfDay, runs } }: Pick<DatabaseState, 'upkeep'>) {
  return (
    <section className="section" aria-labelledby="upkeep">
      <h2 id="upkeep">Upkeep</h2>
      <p>
        {due.length === 0 ? 'Nothing is due' : `${count(due.length, 'thing')} due`}.{' '}
        {minuteOfDay === null ? 'MAINTAIN_SCHEDULE is off' : `A server does what is due ${atTime(minuteOfDay)}`}; by hand:{' '}
        <code>flashcase db maintain</code>
      </p>
      {runs.length > 0 && (
        <DataTable caption="What was done by the schedule" head={['', 'By', 'What']}>
          {runs.map(({ slot, host, endedAt, wentWell, told }) => (
            <tr key={slot}>
              <th scope="row">{moment(slot)}</th>
              <td>{host}</td>
              <td>{endedAt === null ? 'under way' : `${wentWell === true ? '' : 'Failed: '}${told ?? ''}`}</td>
            </tr>
          ))}
        </DataTable>
      )}
    </section>
  );
}

function Growth({ growth: { since, days, list } }: Pick<DatabaseState, 'growth'>) {
  return (
    <section className="section" aria-labelledby="growth">
      <h2 id="growth">Growth</h2>
      {list.length === 0 ? (
        <p>
          Not enough is known yet:{' '}
          {since === null
            ? 'sizes are noted down once a day, from the first upkeep on'
            : `${count(days, 'day')}, since ${day(`${since}T12:00:00`)}`}
          . A week is needed.
        </p>
      ) : (
        <>
          <DataTable caption="Growth" head={['', 'Now', 'A day', 'In 30 days', 'Eight of ten between']}>
            {list.slice(0, LARGEST).map(({ kind, name, bytesNow, bytesPerDay, bytesIn30Days, lowIn30Days, highIn30Days }) => (
              <tr key={`${kind} ${name}`}>
                <th scope="row">{kind === 'database' ? 'The whole database' : name}</th>
                <td>{bytes(bytesNow)}</td>
                <td>{bytes(bytesPerDay)}</td>
                <td>{bytes(bytesIn30Days)}</td>
                <td>
                  {bytes(lowIn30Days)} and {bytes(highIn30Days)}
                </td>
              </tr>
            ))}
          </DataTable>
          <p className="soft">
            From the sizes of {count(days, 'day')}
            {since !== null && ` since ${day(`${since}T12:00:00`)}`}. A forecast, not a promise.
          </p>
        </>
      )}
    </section>
  );
}

const ago = (at: string, seenAt: string): string => `${duration(Math.max(0, (Date.parse(seenAt) - Date.parse(at)) / 1000))} ago`;

function Backups({ backups, seenAt }: Pick<DatabaseState, 'backups' | 'seenAt'>) {
  const { directory, minuteOfDay, recorded, newest, window } = backups;
  const time = minuteOfDay === null ? 'off (BACKUP_SCHEDULE)' : atTime(minuteOfDay);
  const drill = recorded.find(({ kind }) => kind === 'drill');
  return (
    <section className="section" aria-labelledby="backups">
      <h2 id="backups">Backups</h2>
      <dl className="facts database__facts">
        <dt>Newest</dt>
        <dd>{newest === null ? 'none here' : `${newest.backup ?? ''}, ${ago(newest.at, seenAt)}`}</dd>
        <dt>Last drill</dt>
        <dd>
          {drill === undefined ? (
            'none here'
          ) : (
            <>
              {drill.isGood ? 'right' : 'failed'}, {ago(drill.at, seenAt)}
            </>
          )}
        </dd>
        {window?.newest != null && (
          <>
            <dt>Change log</dt>
            <dd>
              restores every moment from {window.oldest === null ? 'its beginning' : moment(window.oldest)} to{' '}
              {moment(window.newest)}
            </dd>
          </>
        )}
        <dt>Schedule</dt>
        <dd>{time}</dd>
        <dt>Folder</dt>
        <dd>{directory}</dd>
      </dl>
      {recorded.length > 0 && (
        <DataTable caption="What was done" head={['', 'What', 'How it went']}>
          {recorded.map(({ at, kind, isGood, backup, detail }) => (
            <tr key={`${at} ${kind} ${backup ?? ''}`}>
              <th scope="row">{moment(at)}</th>
              <td>{kind}</td>
              <td>{isGood ? 'good' : `failed${detail === undefined ? '' : `: ${detail}`}`}</td>
            </tr>
          ))}
        </DataTable>
      )}
      <p className="soft">
        <code>flashcase backup now</code>, <code>flashcase drill</code>, <code>flashcase backup list</code>
      </p>
    </section>
  );
}

const SOURCES = {
  pg_stat_statements: 'Counted by PostgreSQL for everybody',
  server: 'Counted by this server for itself',
  nobody: 'Nobody counts them',
} as const;

function Statements({ statements: { source, since, list } }: Pick<DatabaseState, 'statements'>) {
  return (
    <section className="section" aria-labelledby="statements">
      <h2 id="statements">Statements that take most</h2>
      <p className="soft">
        {SOURCES[source]}
        {since !== null && `, since ${moment(since)}`}. Without values.
      </p>
      {list.length > 0 && (
        <DataTable caption="Their times" head={['', 'Times', 'Mean', 'Longest', 'In all']}>
          {list.map(({ name, sql, calls, meanMs, maxMs, totalMs, isSlow }) => (
            <tr key={sql}>
              <th scope="row">
                {isSlow && <strong className="finding__when">Slow </strong>}
                {name ?? <code className="database__sql">{sql.length > 80 ? `${sql.slice(0, 80)}…` : sql}</code>}
              </th>
              <td>{calls.toLocaleString()}</td>
              <td>{duration(meanMs / 1000)}</td>
              <td>{duration(maxMs / 1000)}</td>
              <td>{duration(totalMs / 1000)}</td>
            </tr>
          ))}
        </DataTable>
      )}
      {list
        .filter(({ plan }) => plan !== null)
        .map(({ name, sql, plan }) => (
          <details key={sql} className="stats__table">
            <summary>Plan of {name ?? sql.slice(0, 60)}</summary>
            <pre className="command">{`${sql}\n\n${plan?.join('\n') ?? ''}`}</pre>
          </details>
        ))}
    </section>
  );
}

const estimate = (value: number | null): string => (value === null ? '–' : bytes(value));
const LARGEST = 15;

function Tables({ state: { tables, engine, seenAt } }: { state: DatabaseState }) {
  const isCounted = engine === 'postgres';
  const when = (at: string | null): string => (at === null ? '–' : ago(at, seenAt));
  const indexes = tables
    .flatMap(({ name, indexes: own }) => own.map((index) => ({ ...index, table: name })))
    .toSorted((a, b) => b.bytes - a.bytes)
    .slice(0, LARGEST);
  return (
    <section className="section" aria-labelledby="tables">
      <h2 id="tables">Tables and indexes</h2>
      <DataTable
        caption="Tables"
        head={[
          '',
          'Rows',
          'Bytes',
          'Indexes',
          'Unused',
          ...(isCounted ? ['Dead rows', 'Vacuum', 'Analyze', 'Xid age'] : ['Planner knows it']),
        ]}
      >
        {tables.slice(0, LARGEST).map((table) => (
          <tr key={table.name}>
            <th scope="row">{table.name}</th>
            <td>{table.rows.toLocaleString()}</td>
            <td>{bytes(table.bytes)}</td>
            <td>{bytes(table.indexBytes)}</td>
            <td>{estimate(table.bloatBytes)}</td>
            {isCounted ? (
              <>
                <td>{(table.deadRows ?? 0).toLocaleString()}</td>
                <td>{when(table.vacuumedAt)}</td>
                <td>{when(table.analyzedAt)}</td>
                <td>{(table.xidAge ?? 0).toLocaleString()}</td>
              </>
            ) : (
              <td>{table.isAnalyzed ? 'yes' : 'no'}</td>
            )}
          </tr>
        ))}
      </DataTable>
      <p className="soft">
        {tables.length > LARGEST && `The ${LARGEST} largest of ${tables.length}. `}
        {isCounted ? 'Rows and unused room are PostgreSQL’s and our estimates.' : 'Unused: in pages that hold something.'}
      </p>
      <DataTable caption="Indexes" head={['', 'Of', 'Bytes', 'Unused', ...(isCounted ? ['Used'] : [])]}>
        {indexes.map(({ name, of, table, bytes: size, bloatBytes, scans }) => (
          <tr key={`${of} ${name}`}>
            <th scope="row">{name}</th>
            <td>{table}</td>
            <td>{bytes(size)}</td>
            <td>{estimate(bloatBytes)}</td>
            {isCounted && <td>{count(scans ?? 0, 'time')}</td>}
          </tr>
        ))}
      </DataTable>
    </section>
  );
}

function Sessions({ sessions: { blocked, transactions } }: Pick<DatabaseState, 'sessions'>) {
  if (blocked.length === 0 && transactions.length === 0) return null;
  return (
    <section className="section" aria-labelledby="sessions">
      <h2 id="sessions">Sessions</h2>
      {blocked.length > 0 && (
        <DataTable caption="Who waits for whom" head={['Session', 'Waits', 'For session', 'Which is']}>
          {blocked.map(({ pid, application, waitsSeconds, by, byApplication, byState }) => (
            <tr key={`${pid} ${by}`}>
              <th scope="row">
                {pid} {application}
              </th>
              <td>{duration(waitsSeconds)}</td>
              <td>
                {by} {byApplication}
              </td>
              <td>{byState}</td>
            </tr>
          ))}
        </DataTable>
      )}
      {transactions.length > 0 && (
        <DataTable caption="Open transactions" head={['Session', 'Open for', 'It is']}>
          {transactions.map(({ pid, application, state, ageSeconds }) => (
            <tr key={pid}>
              <th scope="row">
                {pid} {application}
              </th>
              <td>{duration(ageSeconds)}</td>
              <td>{state}</td>
            </tr>
          ))}
        </DataTable>
      )}
    </section>
  );
}

function DataTable({ caption, head, children }: { caption: string; head: readonly string[]; children: ReactNode }) {
  return (
    // Scrolls by itself where it is wider than the screen, so that the page does not.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard.
    <section className="table-box database__table" aria-label={caption} tabIndex={0}>
      <table className="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {head.map((name) =>
              name === '' ? (
                <td key="first" />
              ) : (
                <th key={name} scope="col">
                  {name}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}
