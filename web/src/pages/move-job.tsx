import type { MoveJob } from '../api/types.ts';
import { moment } from '../lib/text.ts';
import { actionName } from './move-actions.ts';

/** What was started from a page: how far it is, then what its command prints. */
export function MoveJobPanel({ job }: { job: MoveJob | null }) {
  if (job === null) return null;
  const isOver = job.endedAt !== null;
  const isBad = isOver && job.isOk !== true;
  return (
    <section className="section" aria-labelledby="job">
      <h2 id="job">{isOver ? 'Last action' : 'Under way'}</h2>
      <div className={isBad ? 'panel job job--danger' : 'panel job'}>
        <p role="status">
          <strong>{actionName(job.action)}</strong>, by {job.by}{' '}
          {isOver
            ? `at ${moment(job.endedAt as string)}${job.isOk === true ? '' : ': not done'}`
            : `since ${moment(job.startedAt)} …`}
        </p>
        {!isOver && <Progress job={job} />}
        {job.text !== null && <p className="job__text">{job.text}</p>}
        {job.failure !== null && (
          <>
            <p className="job__text">
              {job.failure.code}: {job.failure.what}
            </p>
            {job.failure.why !== null && <p>{job.failure.why}</p>}
            {job.failure.hint !== null && <p>Next: {job.failure.hint}</p>}
          </>
        )}
      </div>
    </section>
  );
}

function Progress({ job: { doing, done, total } }: { job: MoveJob }) {
  return (
    <>
      <p className="soft">{doing === '' ? 'Beginning' : doing}</p>
      {total > 0 && <progress className="job__bar" aria-label="Progress" max={total} value={Math.min(done, total)} />}
    </>
  );
}
