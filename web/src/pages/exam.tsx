import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { changed, takenBack } from '../api/changes.ts';
import { ApiError, api } from '../api/client.ts';
import { examById, examPlan } from '../api/exams.ts';
import type { Exam } from '../api/types.ts';
import { t } from '../languages/t.ts';
import { inDays, longDay } from '../lib/days.ts';
import { useStore } from '../lib/store.ts';
import { percent } from '../lib/text.ts';
import { PlanView } from '../ui/exam-plan.tsx';
import { Confirm, FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';
import { NotFoundPage } from './not-found.tsx';
import '../styles/stats.css';

export default function ExamPage({ id }: { id: string }) {
  const exam = useQuery(examById(id));
  const back = useStore(takenBack);
  const heading = useRef<HTMLHeadingElement>(null);
  // This page is loaded when it is first wanted; reading starts at its heading then, too.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  if (exam.error instanceof ApiError && exam.error.status === 404) return <NotFoundPage kind="exam" />;
  return (
    <Page title={exam.data?.name ?? t('Exam')}>
      <p className="back">
        <Link href="/exams">{t('← Exams')}</Link>
      </p>
      <h1 ref={heading} tabIndex={-1} data-start>
        {exam.data?.name ?? t('Exam')}
      </h1>
      {exam.data !== undefined ? (
        <ExamView key={back} id={id} exam={exam.data} />
      ) : exam.isError ? (
        <LoadFailure what={t('The exam')} error={exam.error} onRetry={() => void exam.refetch()} />
      ) : (
        <Loading what={t('Loading the exam')} />
      )}
    </Page>
  );
}

function ExamView({ id, exam }: { id: string; exam: Exam }) {
  return (
    <>
      <p className="lead">{t('{daysleft}, on {date}.', { daysleft: inDays(exam.days_left), date: longDay(exam.date) })}</p>
      <p className="soft">
        {exam.tags.length === 0
          ? t('Target {target}, up to {minutes} minutes a day.', {
              target: percent(exam.target_recall),
              minutes: exam.minutes_per_day,
            })
          : t('Target {target}, up to {minutes} minutes a day, cards tagged {tags}.', {
              target: percent(exam.target_recall),
              minutes: exam.minutes_per_day,
              tags: exam.tags.join(', '),
            })}
      </p>
      {!exam.is_running && (
        <p className="notice">
          {exam.is_ended ? t('You ended this exam.') : t('This exam is over.')}{' '}
          {t('Your cards come back when they are due, as without it.')}
        </p>
      )}
      <Tools id={id} exam={exam} />
      {exam.days_left >= 0 && !exam.is_ended && <Plan id={id} />}
    </>
  );
}

function Plan({ id }: { id: string }) {
  const plan = useQuery(examPlan(id));
  if (plan.data !== undefined) return <PlanView plan={plan.data} hasLinks />;
  if (plan.error !== null) return <LoadFailure what={t('The plan')} error={plan.error} onRetry={() => void plan.refetch()} />;
  return <Loading what={t('Making the plan')} />;
}

function Tools({ id, exam }: { id: string; exam: Exam }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [isAsking, setAsking] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<string>();
  const params = { path: { exam_id: id } };

  async function change(work: () => Promise<unknown>, after?: () => void): Promise<void> {
    setBusy(true);
    setFailure(undefined);
    try {
      await work();
      after?.();
      await client.invalidateQueries({ queryKey: ['exams'] });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setFailure(error.message);
    } finally {
      setBusy(false);
    }
  }
  const end = (is_ended: boolean) =>
    change(() =>
      changed(
        api.PUT('/api/v1/exams/{exam_id}', { params, body: { is_ended } }),
        is_ended ? t('Exam ended.') : t('Exam goes on.'),
      ),
    );
  const remove = () =>
    change(
      () => changed(api.DELETE('/api/v1/exams/{exam_id}', { params }), t('Exam deleted.')),
      () => navigate('/'),
    );

  return (
    <>
      <div className="actions">
        <Link href={`/exams/${id}/cram`} className="button">
          {t('Cram')}
        </Link>
        <Link href={`/exams/${id}/edit`} className="button">
          {t('Change')}
        </Link>
        {exam.days_left >= 0 && (
          <button type="button" className="button" aria-disabled={isBusy} onClick={() => isBusy || void end(!exam.is_ended)}>
            {exam.is_ended ? t('Study for it again') : t('End it now')}
          </button>
        )}
        <button type="button" className="button" aria-disabled={isBusy} onClick={() => setAsking(true)}>
          {t('Delete …')}
        </button>
      </div>
      {!isAsking && <FormFailure message={failure} />}
      {isAsking && (
        <Confirm
          question={t('Delete this exam? No card and no answer goes with it.')}
          confirm={t('Delete exam')}
          cancel={t('Keep it')}
          isBusy={isBusy}
          failure={failure}
          onConfirm={() => void remove()}
          onCancel={() => setAsking(false)}
        />
      )}
    </>
  );
}
