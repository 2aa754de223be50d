import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answerOf, api, dataOf } from './client.ts';
import { saveTimeZone } from './queries.ts';
import type { ExamPlanAsked } from './types.ts';

/** An exam's day is a day of the clock its student looks at. */
async function inOwnZone<T>(ask: () => Promise<T>): Promise<T> {
  await saveTimeZone();
  return ask();
}

export const examList = queryOptions({
  queryKey: ['exams', 'list'],
  queryFn: () => dataOf(api.GET('/api/v1/exams/')),
});

const pathOf = (id: string) => ({ params: { path: { exam_id: id } } });

export const examById = (id: string) =>
  queryOptions({
    queryKey: ['exams', 'one', id],
    queryFn: () => inOwnZone(() => dataOf(api.GET('/api/v1/exams/{exam_id}', pathOf(id)))),
  });

/** The plan as of today. What is answered moves it: it is asked anew whenever its page is opened. */
export const examPlan = (id: string) =>
  queryOptions({
    queryKey: ['exams', 'plan', id],
    queryFn: () => inOwnZone(() => dataOf(api.GET('/api/v1/exams/{exam_id}/plan', pathOf(id)))),
    staleTime: 60_000,
    retry: false,
  });

/** The plan of an exam that is not kept yet. The one before stays until it is there. */
export const planPreview = (asked: ExamPlanAsked) =>
  queryOptions({
    queryKey: ['exams', 'preview', asked],
    queryFn: ({ signal }) => inOwnZone(() => dataOf(api.POST('/api/v1/exams/plan', { body: asked, signal }))),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 0,
  });

/** What is crammed: a deck or an exam. */
export interface CramScope {
  readonly kind: 'deck' | 'exam';
  readonly id: string;
}

/** Cards of one round of cramming at most: the weakest. */
const MOST_CRAMMED = 200;

export const cramRound = ({ kind, id }: CramScope, round: number) =>
  queryOptions({
    queryKey: ['cram', kind, id, round],
    queryFn: () => {
      const which = kind === 'deck' ? { deck_id: id } : { exam_id: id };
      return dataOf(api.GET('/api/v1/study/cram', { params: { query: { limit: MOST_CRAMMED, ...which } } }));
    },
    // A round must not change under the hands of its reader.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** An answer while cramming; the same key is logged once, however often it is sent. */
export interface CramAnswer {
  readonly cardId: number;
  readonly grade: 1 | 3;
  readonly answeredAt: string;
  readonly durationMs: number;
  readonly key: string;
  /** Who gave it. */
  readonly userId: number | undefined;
}

export async function sendCram({ cardId, grade, answeredAt, durationMs, key, userId }: CramAnswer): Promise<void> {
  await answerOf(
    api.POST('/api/v1/study/cram/{card_id}', {
      params: {
        path: { card_id: String(cardId) },
        header: { 'idempotency-key': key, ...(userId === undefined ? {} : { 'x-flashcase-user': String(userId) }) },
      },
      body: { grade, answered_at: answeredAt, duration_ms: durationMs },
    }),
  );
}
