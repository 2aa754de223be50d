import type { MoveJob } from '../api/types.ts';
import { rich, t } from '../languages/t.ts';
import { moment } from '../lib/text.ts';
import { actionName } from './move-actions.ts';

/** What was started from a page: how far it is, then what its command prints. */
export function MoveJobPanel({ job }: { job: MoveJob | null }) {
  if (job === null) return null;
  const isOver = job.endedAt !== null;
  const isBad = isOver && job.isOk !== true;
  return (
    <section className="section" aria-labelledby="job">
      <h2 id="job">{isOver ? t('Last action') : t('Under way')}</h2>
      <div className={isBad ? 'panel job job--danger' : 'panel job'}>
        <p role="status">
          {rich('<strong>{action}</strong>, by {by} {when}', {
            strong: (text) => <strong>{text}</strong>,
            action: actionName(job.action),
            by: job.by,
            when: !isOver
              ? t('since {startedAt} …', { startedAt: moment(job.startedAt) })
              : job.isOk === true
                ? t('at {moment}', { moment: moment(job.endedAt as string) })
                : t('at {moment}: not done', { moment: moment(job.endedAt as string) }),
          })}
        </p>
        {!isOver && <Progress job={job} />}
        {job.text !== null && (
          <p className="job__text" lang="en">
            {job.text}
          </p>
        )}
        {job.failure !== null && (
          <>
            <p className="job__text" lang="en">
              {job.failure.code}: {job.failure.what}
            </p>
            {job.failure.why !== null && <p lang="en">{job.failure.why}</p>}
            {job.failure.hint !== null && <p>{t('Next: {hint}', { hint: job.failure.hint })}</p>}
          </>
        )}
      </div>
    </section>
  );
}

function Progress({ job: { doing, done, total } }: { job: MoveJob }) {
  return (
    <>
      <p className="soft">{doing === '' ? t('Beginning') : doing}</p>
      {total > 0 && <progress className="job__bar" aria-label={t('Progress')} max={total} value={Math.min(done, total)} />}
    </>
  );
}
