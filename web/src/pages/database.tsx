import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { databaseState } from '../api/queries.ts';
import type { DatabaseState } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { bytes, duration } from '../lib/figures.ts';
import { day, moment, number, percent } from '../lib/text.ts';
import { LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import '../styles/stats.css';
import '../styles/database.css';

/** The database, for administrators: what `flashcase monitor` says. */
export default function DatabasePage() {
  const state = useQuery(databaseState);
  const { data } = state;
  return (
    <Page title={t('Database')}>
      <h1>{t('Database')}</h1>
      {data === undefined ? (
        state.isError ? (
          <LoadFailure what={t('The database')} error={state.error} onRetry={() => void state.refetch()} />
        ) : (
          <Loading what={t('Looking at the database')} />
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
              {t('Not read: {line}', { line })}
            </p>
          ))}
          <p className="aside">
            {state.isError
              ? t('The server does not answer; this is as of {seenAt}.', { seenAt: moment(data.seenAt) })
              : t('Seen at {seenAt}.', { seenAt: moment(data.seenAt) })}{' '}
            {t('The same in a terminal:')} <code>flashcase monitor</code>
          </p>
        </>
      )}
    </Page>
  );
}

/** In one sentence that changes seldom: screen readers hear it when it does. */
function standing({ findings }: DatabaseState): string {
  const urgent = findings.filter(({ severity }) => severity !== 'note').length;
  return urgent === 0 ? t('Nothing is wrong.') : t('{n, plural, one {# thing} other {# things}} to look at.', { n: urgent });
}

const SEVERITIES = { page: msg('Now'), warning: msg('Today'), note: msg('Note') } as const;

function Findings({ findings }: Pick<DatabaseState, 'findings'>) {
  if (findings.length === 0) return null;
  return (
    <section className="section" aria-labelledby="findings">
      <h2 id="findings">{t('What to do')}</h2>
      <ul className="findings">
        {findings.map(({ id, on = '', severity, says, advice, command, runbook }) => (
          <li key={`${id} ${on} ${says}`} className={`finding finding--${severity}`}>
            <p>
              <strong className="finding__when">{t(SEVERITIES[severity])}</strong> <span lang="en">{says}</span>
            </p>
            <p lang="en">{advice}</p>
            {command !== undefined && <code className="command">{command}</code>}
            {runbook !== undefined && <p className="soft">{t('More in docs/guide/runbooks/{runbook}.md', { runbook })}</p>}
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
      <h2 id="now">{t('Now')}</h2>
      <dl className="figures">
        {size !== undefined && <Figure what={t('Size')}>{bytes(size)}</Figure>}
        {pool !== null && (
          <Figure what={t('Connections of this server')} more={t('{waiting, number} waiting', { waiting: pool.waiting })}>
            {t('{inUse} of {limit}', { inUse: pool.inUse, limit: pool.limit })}
          </Figure>
        )}
        {connections !== undefined && (
          <Figure
            what={t('Connections of everybody')}
            more={t('of {value, number}', { value: of('postgres_connections_max') ?? 0 })}
          >
            {number(connections)}
          </Figure>
        )}
        {wal !== undefined && (
          <Figure
            what={t('Write-ahead log')}
            more={t('{value, plural, one {# page} other {# pages}} to carry', { value: of('sqlite_wal_frames_waiting') ?? 0 })}
          >
            {bytes(wal)}
          </Figure>
        )}
        {engine === 'sqlite' && <Figure what={t('Free pages')}>{bytes(of('sqlite_free_bytes') ?? 0)}</Figure>}
        {xids !== undefined && (
          <Figure what={t('Oldest transaction id')} more={t('writes stop at 2.1 billion')}>
            {number(xids)}
          </Figure>
        )}
        {engine === 'postgres' && <Figure what={t('Locks waited for')}>{number(of('postgres_locks_waiting') ?? 0)}</Figure>}
        {standbys > 0 && (
          <Figure what={t('Standbys')} more={lag === undefined ? undefined : t('{lag} behind', { lag: duration(lag) })}>
            {standbys}
          </Figure>
        )}
        {readings
          .filter(({ name }) => name === 'disk_free_ratio')
          .map(({ value, labels }) => (
            <Figure key={labels?.of} what={t('Disk: {of}', { of: labels?.of ?? 'data' })}>
              {t('{value} free', { value: percent(value) })}
            </Figure>
          ))}
        {archived !== undefined && <Figure what={t('Last archived')}>{t('{time} ago', { time: duration(archived) })}</Figure>}
      </dl>
      <dl className="facts database__facts">
        <dt>{t('Engine')}</dt>
        <dd>{version}</dd>
        <dt>{t('Place')}</dt>
        <dd>{location}</dd>
        <dt>{t('Revision')}</dt>
        <dd>{revision ?? t('none')}</dd>
        <dt>{t('Live move')}</dt>
        <dd>
          <Link href="/move">{t('Look at it')}</Link>
        </dd>
      </dl>
    </section>
  );
}

const clock = (minuteOfDay: number): string =>
  `${String(Math.floor(minuteOfDay / 60)).padStart(2, '0')}:${String(minuteOfDay % 60).padStart(2, '0')}`;

function Upkeep({ upkeep: { due, minuteOfDay, runs } }: Pick<DatabaseState, 'upkeep'>) {
  return (
    <section className="section" aria-labelledby="upkeep">
      <h2 id="upkeep">{t('Upkeep')}</h2>
      <p>
        {due.length === 0 ? t('Nothing is due') : t('{due, plural, one {# thing} other {# things}} due', { due: due.length })}.{' '}
        {minuteOfDay === null
          ? t('MAINTAIN_SCHEDULE is off')
          : t('A server does what is due every day at {time} UTC', { time: clock(minuteOfDay) })}
        {'; '}
        {t('by hand:')} <code>flashcase db maintain</code>
      </p>
      {runs.length > 0 && (
        <DataTable caption={t('What was done by the schedule')} head={['', t('By'), t('What')]}>
          {runs.map(({ slot, host, endedAt, wentWell, told }) => (
            <tr key={slot}>
              <th scope="row">{moment(slot)}</th>
              <td>{host}</td>
              <td>{endedAt === null ? t('under way') : wentWell === true ? told : t('Failed: {told}', { told: told ?? '' })}</td>
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
      <h2 id="growth">{t('Growth')}</h2>
      {list.length === 0 ? (
        <p>
          {t('Not enough is known yet:')}{' '}
          {since === null
            ? t('sizes are noted down once a day, from the first upkeep on')
            : t('{days, plural, one {# day} other {# days}}, since {value}', { days, value: day(`${since}T12:00:00`) })}
          {'. '}
          {t('A week is needed.')}
        </p>
      ) : (
        <>
          <DataTable caption={t('Growth')} head={['', t('Now'), t('A day'), t('In 30 days'), t('Eight of ten between')]}>
            {list.slice(0, LARGEST).map(({ kind, name, bytesNow, bytesPerDay, bytesIn30Days, lowIn30Days, highIn30Days }) => (
              <tr key={`${kind} ${name}`}>
                <th scope="row">{kind === 'database' ? t('The whole database') : name}</th>
                <td>{bytes(bytesNow)}</td>
                <td>{bytes(bytesPerDay)}</td>
                <td>{bytes(bytesIn30Days)}</td>
                <td>
                  {t('{lowIn30Days} and {highIn30Days}', { lowIn30Days: bytes(lowIn30Days), highIn30Days: bytes(highIn30Days) })}
                </td>
              </tr>
            ))}
          </DataTable>
          <p className="soft">
            {since === null
              ? t('From the sizes of {days, plural, one {# day} other {# days}}.', { days })
              : t('From the sizes of {days, plural, one {# day} other {# days}} since {since}.', {
                  days,
                  since: day(`${since}T12:00:00`),
                })}{' '}
            {t('A forecast, not a promise.')}
          </p>
        </>
      )}
    </section>
  );
}

/** What is done with backups. */
const KINDS: Readonly<Record<DatabaseState['backups']['recorded'][number]['kind'], string>> = {
  backup: msg('backup'),
  verify: msg('verify'),
  drill: msg('drill'),
  prune: msg('prune'),
  restore: msg('restore'),
  log: msg('log'),
};

const ago = (at: string, seenAt: string): string =>
  t('{time} ago', { time: duration(Math.max(0, (Date.parse(seenAt) - Date.parse(at)) / 1000)) });

function Backups({ backups, seenAt }: Pick<DatabaseState, 'backups' | 'seenAt'>) {
  const { directory, minuteOfDay, recorded, newest, window } = backups;
  const time = minuteOfDay === null ? t('off (BACKUP_SCHEDULE)') : t('every day at {time} UTC', { time: clock(minuteOfDay) });
  const drill = recorded.find(({ kind }) => kind === 'drill');
  return (
    <section className="section" aria-labelledby="backups">
      <h2 id="backups">{t('Backups')}</h2>
      <dl className="facts database__facts">
        <dt>{t('Newest')}</dt>
        <dd>{newest === null ? t('none here') : `${newest.backup ?? ''}, ${ago(newest.at, seenAt)}`}</dd>
        <dt>{t('Last drill')}</dt>
        <dd>
          {drill === undefined ? (
            t('none here')
          ) : (
            <>
              {drill.isGood ? t('right') : t('failed')}, {ago(drill.at, seenAt)}
            </>
          )}
        </dd>
        {window?.newest != null && (
          <>
            <dt>{t('Change log')}</dt>
            <dd>
              {t('restores every moment from {oldest} to {newest}', {
                oldest: window.oldest === null ? t('its beginning') : moment(window.oldest),
                newest: moment(window.newest),
              })}
            </dd>
          </>
        )}
        <dt>{t('Schedule')}</dt>
        <dd>{time}</dd>
        <dt>{t('Folder')}</dt>
        <dd>{directory}</dd>
      </dl>
      {recorded.length > 0 && (
        <DataTable caption={t('What was done')} head={['', t('What'), t('How it went')]}>
          {recorded.map(({ at, kind, isGood, backup, detail }) => (
            <tr key={`${at} ${kind} ${backup ?? ''}`}>
              <th scope="row">{moment(at)}</th>
              <td>{t(KINDS[kind])}</td>
              <td>{isGood ? t('good') : `${t('failed')}${detail === undefined ? '' : `: ${detail}`}`}</td>
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
  pg_stat_statements: msg('Counted by PostgreSQL for everybody'),
  server: msg('Counted by this server for itself'),
  nobody: msg('Nobody counts them'),
} as const;

function Statements({ statements: { source, since, list } }: Pick<DatabaseState, 'statements'>) {
  return (
    <section className="section" aria-labelledby="statements">
      <h2 id="statements">{t('Statements that take most')}</h2>
      <p className="soft">
        {t(SOURCES[source])}
        {since !== null && t(', since {since}', { since: moment(since) })}. {t('Without values.')}
      </p>
      {list.length > 0 && (
        <DataTable caption={t('Their times')} head={['', t('Times'), t('Mean'), t('Longest'), t('In all')]}>
          {list.map(({ name, sql, calls, meanMs, maxMs, totalMs, isSlow }) => (
            <tr key={sql}>
              <th scope="row">
                {isSlow && <strong className="finding__when">{t('Slow')} </strong>}
                {name ?? <code className="database__sql">{sql.length > 80 ? `${sql.slice(0, 80)}…` : sql}</code>}
              </th>
              <td>{number(calls)}</td>
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
            <summary>{t('Plan of {name}', { name: name ?? sql.slice(0, 60) })}</summary>
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
      <h2 id="tables">{t('Tables and indexes')}</h2>
      <DataTable
        caption={t('Tables')}
        head={[
          '',
          t('Rows'),
          t('Bytes'),
          t('Indexes'),
          t('Unused'),
          ...(isCounted ? [t('Dead rows'), t('Vacuum'), t('Analyze'), t('Xid age')] : [t('Planner knows it')]),
        ]}
      >
        {tables.slice(0, LARGEST).map((table) => (
          <tr key={table.name}>
            <th scope="row">{table.name}</th>
            <td>{number(table.rows)}</td>
            <td>{bytes(table.bytes)}</td>
            <td>{bytes(table.indexBytes)}</td>
            <td>{estimate(table.bloatBytes)}</td>
            {isCounted ? (
              <>
                <td>{number(table.deadRows ?? 0)}</td>
                <td>{when(table.vacuumedAt)}</td>
                <td>{when(table.analyzedAt)}</td>
                <td>{number(table.xidAge ?? 0)}</td>
              </>
            ) : (
              <td>{table.isAnalyzed ? t('yes') : t('no')}</td>
            )}
          </tr>
        ))}
      </DataTable>
      <p className="soft">
        {tables.length > LARGEST && t('The {LARGEST} largest of {tables}. ', { LARGEST, tables: tables.length })}
        {isCounted ? t('Rows and unused room are PostgreSQL’s and our estimates.') : t('Unused: in pages that hold something.')}
      </p>
      <DataTable caption={t('Indexes')} head={['', t('Of'), t('Bytes'), t('Unused'), ...(isCounted ? [t('Used')] : [])]}>
        {indexes.map(({ name, of, table, bytes: size, bloatBytes, scans }) => (
          <tr key={`${of} ${name}`}>
            <th scope="row">{name}</th>
            <td>{table}</td>
            <td>{bytes(size)}</td>
            <td>{estimate(bloatBytes)}</td>
            {isCounted && <td>{t('{n, plural, one {# time} other {# times}}', { n: scans ?? 0 })}</td>}
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
      <h2 id="sessions">{t('Sessions')}</h2>
      {blocked.length > 0 && (
        <DataTable caption={t('Who waits for whom')} head={[t('Session'), t('Waits'), t('For session'), t('Which is')]}>
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
        <DataTable caption={t('Open transactions')} head={[t('Session'), t('Open for'), t('It is')]}>
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
