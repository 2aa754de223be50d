import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useId, useRef } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { changed } from '../api/changes.ts';
import { ApiError, api, dataOf } from '../api/client.ts';
import { examById, planPreview } from '../api/exams.ts';
import { deckList } from '../api/queries.ts';
import type { Exam, ExamPlanAsked } from '../api/types.ts';
import { t } from '../languages/t.ts';
import { fromNumber } from '../lib/days.ts';
import { useDraft } from '../lib/drafts.ts';
import { PlanView } from '../ui/exam-plan.tsx';
import { Empty, FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { problemOfText, TextField } from '../ui/field.tsx';
import { Page } from '../ui/page.tsx';
import { useSettled } from '../ui/use-settled.ts';
import { useSubmit } from '../ui/use-submit.ts';
import { NotFoundPage } from './not-found.tsx';
import '../styles/stats.css';

/** Typing asks for a plan once it pauses. */
const PAUSE_MS = 500;
const NAME_LIMIT = 100;

/** A new exam without an id, else a change of one. */
export default function ExamFormPage({ id }: { id: string | undefined }) {
  const [params] = useSearchParams();
  const title = id === undefined ? t('New exam') : t('Change the exam');
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const exam = useQuery({ ...examById(id ?? ''), enabled: id !== undefined });
  if (exam.error instanceof ApiError && exam.error.status === 404) return <NotFoundPage kind="exam" />;
  return (
    <Page title={title}>
      <p className="back">
        <Link href={id === undefined ? '/' : `/exams/${id}`}>
          ← {id === undefined ? t('Decks') : (exam.data?.name ?? t('Exam'))}
        </Link>
      </p>
      <h1 ref={heading} tabIndex={-1} data-start>
        {title}
      </h1>
      {id === undefined ? (
        <ExamForm exam={undefined} deck={params.get('deck') ?? undefined} />
      ) : exam.data !== undefined ? (
        <ExamForm exam={exam.data} deck={undefined} />
      ) : exam.isError ? (
        <LoadFailure what={t('The exam')} error={exam.error} onRetry={() => void exam.refetch()} />
      ) : (
        <Loading what={t('Loading the exam')} />
      )}
    </Page>
  );
}

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== '');

function fieldsOf(exam: Exam | undefined, deck: string | undefined) {
  return {
    name: exam?.name ?? '',
    date: exam?.date ?? '',
    decks: exam?.deck_ids.join(' ') ?? deck ?? '',
    tags: exam?.tags.join(' ') ?? '',
    target: String(Math.round((exam?.target_recall ?? 0.9) * 100)),
    minutes: String(exam?.minutes_per_day ?? 25),
  };
}

type Fields = ReturnType<typeof fieldsOf>;

const minutesIn = ({ minutes }: Fields): number | undefined =>
  /^\d{1,3}$/.test(minutes.trim()) && Number(minutes) >= 1 && Number(minutes) <= 480 ? Number(minutes) : undefined;

/** What a plan can be made of; `undefined` while something is missing. */
function askedOf(values: Fields): ExamPlanAsked | undefined {
  const minutes = minutesIn(values);
  const hasCards = values.decks !== '' || words(values.tags).length > 0;
  if (minutes === undefined || values.date === '' || !hasCards) return undefined;
  return {
    date: values.date,
    deck_ids: words(values.decks).map(Number),
    tags: words(values.tags),
    target_recall: Number(values.target) / 100,
    minutes_per_day: minutes,
  };
}

function ExamForm({ exam, deck }: { exam: Exam | undefined; deck: string | undefined }) {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const draft = useDraft(exam === undefined ? 'exam.new' : `exam.${exam.id}`, fieldsOf(exam, deck));
  const { values, change } = draft;
  const targetId = useId();
  const asked = askedOf(values);
  const today = Math.floor((Date.now() - new Date().getTimezoneOffset() * 60_000) / 86_400_000);
  const { isSending, failure, problems, onSubmit } = useSubmit({
    check: () => ({
      name: problemOfText(values.name, NAME_LIMIT, true),
      date: values.date === '' ? t('The day of the exam, please.') : undefined,
      minutes_per_day: minutesIn(values) === undefined ? t('From 1 to 480 minutes, please.') : undefined,
      tags: values.decks === '' && words(values.tags).length === 0 ? t('Choose a deck above, or name a tag.') : undefined,
    }),
    async send() {
      const body = { ...(asked as ExamPlanAsked), name: values.name.trim() };
      const kept =
        exam === undefined
          ? await dataOf(api.POST('/api/v1/exams/', { body }))
          : await changed(
              api.PUT('/api/v1/exams/{exam_id}', { params: { path: { exam_id: String(exam.id) } }, body }),
              t('Exam changed.'),
            );
      draft.reset();
      await client.invalidateQueries({ queryKey: ['exams'] });
      navigate(`/exams/${kept.id}`);
    },
  });
  return (
    <form className="form" onSubmit={onSubmit} noValidate aria-label={t('Exam')}>
      <TextField
        label={t('Name')}
        name="name"
        value={values.name}
        onChange={(name) => change({ name })}
        problem={problems.name}
        limit={NAME_LIMIT}
        input={{ placeholder: t('for example Bar exam'), autoComplete: 'off', required: true }}
      />
      <TextField
        label={t('Day of the exam')}
        name="date"
        value={values.date}
        onChange={(date) => change({ date })}
        problem={problems.date}
        hint={t('Plans reach the day before it: the exam may be in the morning.')}
        input={{ type: 'date', required: true, min: fromNumber(today), max: fromNumber(today + 366) }}
      />
      <Decks chosen={words(values.decks)} onChange={(decks) => change({ decks: decks.join(' ') })} />
      <TextField
        label={t('Only cards with these tags')}
        name="tags"
        isOptional
        value={values.tags}
        onChange={(tags) => change({ tags })}
        problem={problems.tags}
        hint={t(
          'Separated by spaces. One of them is enough; law is also law::torts. Without a deck above, tags are looked for in all your decks.',
        )}
        input={{ autoComplete: 'off', autoCapitalize: 'none' }}
      />
      <div className="field">
        <label className="field__label" htmlFor={targetId}>
          {t('Know {target} % of the cards on the day', { target: values.target })}
        </label>
        <input
          id={targetId}
          type="range"
          className="slider"
          min="60"
          max="98"
          value={values.target}
          aria-valuetext={t('{n} percent', { n: values.target })}
          onChange={(event) => change({ target: event.target.value })}
        />
      </div>
      <TextField
        label={t('Minutes a day, at most')}
        name="minutes_per_day"
        value={values.minutes}
        onChange={(minutes) => change({ minutes })}
        problem={problems.minutes_per_day}
        hint={t('For this exam’s cards they replace your limits of new cards and reviews, until its day.')}
        input={{ inputMode: 'numeric', autoComplete: 'off' }}
      />
      <FormFailure message={failure} />
      <Preview asked={asked} />
      <div className="actions">
        <button type="submit" className="button button--primary" aria-disabled={isSending}>
          {isSending ? t('Saving …') : exam === undefined ? t('Keep this exam') : t('Save')}
        </button>
        <Link href={exam === undefined ? '/' : `/exams/${exam.id}`} className="button">
          {t('Cancel')}
        </Link>
      </div>
    </form>
  );
}

/** The plan, before anything is kept. */
function Preview({ asked }: { asked: ExamPlanAsked | undefined }) {
  const paused = useSettled(asked, PAUSE_MS);
  const plan = useQuery({ ...planPreview(paused ?? { date: '' }), enabled: paused !== undefined });
  return (
    <section className="section" aria-labelledby="plan" aria-busy={plan.isFetching}>
      <h2 id="plan">{t('What to expect')}</h2>
      {paused === undefined ? (
        <p className="soft">{t('With a day and a deck or a tag, the plan stands here before you keep the exam.')}</p>
      ) : plan.isError ? (
        <LoadFailure what={t('The plan')} error={plan.error} onRetry={() => void plan.refetch()} />
      ) : plan.data !== undefined ? (
        <PlanView plan={plan.data} />
      ) : (
        <Loading what={t('Making the plan')} />
      )}
    </section>
  );
}

function Decks({ chosen, onChange }: { chosen: readonly string[]; onChange: (chosen: string[]) => void }) {
  const own = useInfiniteQuery(deckList(''));
  const decks = own.data?.pages.flatMap((page) => page.items) ?? [];
  const known = new Set(decks.map(({ id }) => String(id)));
  // Shared by somebody else, or on a later page of the list.
  const others = chosen.filter((id) => !known.has(id));
  const toggle = (id: string) => onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return (
    <fieldset className="choices">
      <legend className="field__label">{t('Decks')}</legend>
      {own.isError && <LoadFailure what={t('Your decks')} error={own.error} onRetry={() => void own.refetch()} />}
      {own.isPending && <Loading what={t('Loading your decks')} />}
      {own.isSuccess && decks.length === 0 && others.length === 0 && <Empty title={t('You have no decks yet')} />}
      {[
        ...decks.map(({ id, name }) => ({ id: String(id), name })),
        ...others.map((id) => ({ id, name: t('Another deck ({id})', { id }) })),
      ].map(({ id, name }) => (
        <label key={id} className="choice">
          <input type="checkbox" name={`deck-${id}`} checked={chosen.includes(id)} onChange={() => toggle(id)} />
          <span>{name}</span>
        </label>
      ))}
      {own.hasNextPage && (
        <button type="button" className="button" onClick={() => void own.fetchNextPage()}>
          {t('Show more decks')}
        </button>
      )}
    </fieldset>
  );
}
