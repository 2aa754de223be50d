import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { examList } from '../api/exams.ts';
import type { Exam } from '../api/types.ts';
import { t } from '../languages/t.ts';
import { inDays, shortDay } from '../lib/days.ts';
import { percent } from '../lib/text.ts';
import { Empty, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Page } from '../ui/page.tsx';

export default function ExamsPage() {
  const exams = useQuery(examList);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const running = exams.data?.filter((exam) => exam.is_running) ?? [];
  const past = exams.data?.filter((exam) => !exam.is_running) ?? [];
  return (
    <Page title={t('Exams')}>
      <p className="back">
        <Link href="/">{t('← Decks')}</Link>
      </p>
      <h1 ref={heading} tabIndex={-1} data-start>
        {t('Exams')}
      </h1>
      <div className="actions">
        <Link href="/exams/new" className="button button--primary">
          {t('Plan an exam')}
        </Link>
      </div>
      {exams.isPending && <Loading what={t('Loading exams')} />}
      {exams.isError && <LoadFailure what={t('The exams')} error={exams.error} onRetry={() => void exams.refetch()} />}
      {exams.isSuccess && running.length === 0 && <Empty title={t('No exam is coming')} />}
      <List exams={running} />
      {past.length > 0 && (
        <section className="section" aria-labelledby="past">
          <h2 id="past">{t('Over')}</h2>
          <List exams={past} />
        </section>
      )}
    </Page>
  );
}

function List({ exams }: { exams: readonly Exam[] }) {
  if (exams.length === 0) return null;
  return (
    <ul className="list">
      {exams.map((exam) => (
        <li key={exam.id} className="deck-row">
          <div className="deck-row__main">
            <Link href={`/exams/${exam.id}`} className="deck-row__name">
              {exam.name}
            </Link>
            <p className="deck-row__about">
              {t('{date} · {daysleft} · target {targetrecall}', {
                date: shortDay(exam.date),
                daysleft: inDays(exam.days_left),
                targetrecall: percent(exam.target_recall),
              })}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}
