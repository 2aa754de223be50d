import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { moveView } from '../api/queries.ts';
import type { MoveStep, MoveView } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { moment, number } from '../lib/text.ts';
import { LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { MoveJobPanel } from './move-job.tsx';
import { MoveSettings } from './move-settings.tsx';
import { MoveSteps } from './move-steps.tsx';
import { MoveSwitch } from './move-switch.tsx';

type Felt = NonNullable<MoveView['status']>['users']['all'];

const STAGES: Readonly<Record<MoveView['stages'][number]['name'], string>> = {
  plan: msg('Plan'),
  copy: msg('Copying'),
  follow: msg('Follow'),
  verify: msg('Verify'),
  cutover: msg('Cutover'),
  finish: msg('Back, or finish'),
};
const STATES = { done: msg('done'), here: msg('now'), ahead: msg('later') } as const;

/** The live move from SQLite to PostgreSQL, for administrators: what `flashcase move status` says, every second, and the ways on as buttons. */
export function MovePage() {
  const view = useQuery(moveView);
  const [switching, setSwitching] = useState<MoveStep>();
  const { data } = view;
  return (
    <Page title={t('Move')}>
      <h1>{t('Move to PostgreSQL')}</h1>
      {data === undefined ? (
        view.isError ? (
          <LoadFailure what={t('The move')} error={view.error} onRetry={() => void view.refetch()} />
        ) : (
          <Loading what={t('Looking at the move')} />
        )
      ) : (
        <>
          <p className="lead" role="status">
            {standing(data)}
          </p>
          <Stages stages={data.stages} />
          {data.status !== null && <Figures status={data.status} notes={data.notes} />}
          <Problems problems={data.status?.problems ?? []} />
          <MoveJobPanel job={data.job} />
          {data.standing === 'none' && <About />}
          <MoveSteps view={data} onSwitch={setSwitching} />
          {data.settings !== null && <MoveSettings settings={data.settings} isBusy={data.job?.endedAt === null} />}
          <Moments moments={data.moments} />
          <p className="aside">
            {view.isError
              ? t('The server does not answer; this is as of {seenAt}.', { seenAt: moment(data.seenAt) })
              : t('Seen at {seenAt}.', { seenAt: moment(data.seenAt) })}
          </p>
          {switching !== undefined && (
            <MoveSwitch step={switching} forecast={data.forecast} onClose={() => setSwitching(undefined)} />
          )}
        </>
      )}
    </Page>
  );
}

/** Where the data is, in one sentence that changes seldom: screen readers hear it when it does. */
function standing({ standing, status }: MoveView): string {
  if (standing === 'finished') return t('The move is finished: PostgreSQL serves, and nothing follows it any more.');
  if (standing === 'elsewhere')
    return t('No SQLite file of this installation is here, so that no move can be seen from this server.');
  if (status === null) return t('No move is under way. Everything is in the SQLite file.');
  const { state, isInterrupted } = status;
  if (isInterrupted) return t('A switch was interrupted. Nothing is lost; every server puts it right.');
  if (state.attempt !== undefined) return t('A switch is under way: writes wait for a moment.');
  const said = phaseText(state.phase);
  const canRest = state.phase !== 'aborting' && state.phase !== 'finished';
  return canRest && state.isPaused === true ? `${said} ${t('Carrying rests.')}` : said;
}

function phaseText(phase: NonNullable<MoveView['status']>['state']['phase']): string {
  switch (phase) {
    case 'copying':
      return t('SQLite serves; the copy is not complete.');
    case 'forward':
      return t('SQLite serves; PostgreSQL follows.');
    case 'reverse':
      return t('PostgreSQL serves; SQLite follows. Going back loses nothing.');
    case 'aborting':
      return t('SQLite serves; the move is being aborted.');
    case 'finished':
      return t('PostgreSQL serves for good; the rest of the move is to be cleared away.');
  }
}

function Stages({ stages }: { stages: MoveView['stages'] }) {
  return (
    <ol className="stages" aria-label={t('Stages of the move')}>
      {stages.map(({ name, state }) => (
        <li key={name} className={`stage stage--${state}`} aria-current={state === 'here' ? 'step' : undefined}>
          {t(STAGES[name])}
          <span className="visually-hidden">, {t(STATES[state])}</span>
        </li>
      ))}
    </ol>
  );
}

const milliseconds = (value: number | undefined): string => (value === undefined ? '–' : `${number(Math.round(value))} ms`);

/** How long half of the requests took at most, and 99 of 100. */
function Latency({ what, felt: { p50Ms, p99Ms } }: { what: string; felt: Felt }) {
  return (
    <div className="figure">
      <dt>{what}</dt>
      <dd>
        {milliseconds(p50Ms)}
        <span className="figure__more"> 99 %: {milliseconds(p99Ms)}</span>
      </dd>
    </div>
  );
}

function Figures({ status, notes }: { status: NonNullable<MoveView['status']>; notes: MoveView['notes'] }) {
  const { state, side, behind, users } = status;
  const isReverse = status.primary === 'postgres';
  const followedAt = isReverse ? state.followedAt : side?.followedAt;
  const follower = isReverse ? state.follower : side?.follower;
  return (
    <section className="section" aria-labelledby="figures">
      <h2 id="figures">{t('Now')}</h2>
      <dl className="figures">
        <div className="figure">
          <dt>{t('Behind')}</dt>
          <dd>
            {behind === undefined
              ? t('not known')
              : behind === 0
                ? t('level')
                : t('{n, plural, one {# row} other {# rows}}', { n: behind })}
          </dd>
        </div>
        <Latency what={t('Writes take')} felt={users.writes} />
        <Latency what={t('Reads take')} felt={users.reads} />
        <div className={users.all.failed > 0 ? 'figure figure--danger' : 'figure'}>
          <dt>{t('Failed requests')}</dt>
          <dd>{t('{failed, number} of {requests, number}', { failed: users.all.failed, requests: users.all.requests })}</dd>
        </div>
      </dl>
      <p className="soft figures__note">{t('Requests of the last ten seconds, answered by all servers of this installation.')}</p>
      {notes.map((note) => (
        <p key={note} className="soft" lang="en">
          {note}
        </p>
      ))}
      <dl className="facts">
        <dt>{t('The move')}</dt>
        <dd>{t('{runId}, epoch {epoch}', { runId: state.runId, epoch: state.epoch })}</dd>
        <dt>{t('To')}</dt>
        <dd>{state.target}</dd>
        <dt>{t('Carried by')}</dt>
        <dd>
          {follower ?? t('nobody yet')}
          {followedAt !== undefined && t(', last level at {followedAt}', { followedAt: moment(followedAt) })}
        </dd>
        <dt>{t('Journal')}</dt>
        <dd>{t('{journalRows, plural, one {# row} other {# rows}} in the SQLite file', { journalRows: status.journalRows })}</dd>
      </dl>
    </section>
  );
}

function Problems({ problems }: { problems: readonly string[] }) {
  if (problems.length === 0) return null;
  return (
    <section className="section" aria-labelledby="problems">
      <h2 id="problems">{t('In the way')}</h2>
      <ul className="problems">
        {problems.map((problem) => (
          <li key={problem} className="notice notice--danger" lang="en">
            {problem}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Moments({ moments }: { moments: MoveView['moments'] }) {
  if (moments.length === 0) return null;
  return (
    <section className="section" aria-labelledby="moments">
      <h2 id="moments">{t('What happened')}</h2>
      <ol className="moments">
        {moments.toReversed().map(({ seq, at, text }) => (
          <li key={seq} className="moment">
            <time dateTime={at} className="moment__at number">
              {moment(at)}
            </time>
            <span lang="en">{text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function About() {
  return (
    <section className="section" aria-labelledby="about">
      <h2 id="about">{t('What a move is')}</h2>
      <p className="move-text">
        {t(
          'FlashCase can go from its SQLite file to PostgreSQL while people study. It copies, follows every change, and compares every row. At the switch their writes wait for a fraction of a second, and no request fails. Afterwards one command goes back, with everything that was written since.',
        )}
      </p>
      <p className="move-text">
        {t(
          'A move begins on the server’s command line, because it needs the password of the database. Once it is under way, this page shows it, and can compare and switch.',
        )}
      </p>
    </section>
  );
}
