import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { msg, t } from '../languages/t.ts';
import { keepChange, operationOf } from './changes.ts';
import { answerOf, api, dataOf } from './client.ts';
import type {
  CardsEdit,
  DuplicateMatch,
  DuplicateResolution,
  EditDone,
  ReplaceAsked,
  ReplaceDone,
  ReplacePreview,
} from './types.ts';

/** The cards that a change of many is about. */
export type EditScope = { readonly q: string } | { readonly card_ids: readonly number[] };

/** What replacing would change. @param after `next` of the page before */
export const previewReplace = (scope: EditScope, asked: ReplaceAsked, after?: string): Promise<ReplacePreview> =>
  dataOf(
    api.POST('/api/v1/edit/replace/preview', {
      body: { ...asked, ...scope, ...(after === undefined ? {} : { after }) } as never,
    }),
  );

/** Keeps how a change of many is taken back. */
async function kept<T>(
  pending: Promise<{ data?: T; error?: unknown; response: Response }>,
  textOf: (done: T) => string,
): Promise<T> {
  const { data, response } = await answerOf(pending);
  const operation = operationOf(response);
  if (operation !== null) keepChange([operation], textOf(data));
  return data;
}

/** Replaces in what a preview named. */
export const replaceAll = (asked: ReplaceAsked, items: ReplacePreview['items']): Promise<ReplaceDone> =>
  kept(api.POST('/api/v1/edit/replace', { body: { ...asked, items } }), ({ changed }) =>
    t('Replaced in {n, plural, one {# note} other {# notes}}.', { n: changed }),
  );

/** Cards of one request: so long others wait at most. */
const PART = 5000;

/**
 * Changes many cards, some thousands a request; all of it is taken back as one change. What was done before a failure can be taken back, too.
 * @param textOf what was done to so many cards, in words: "Tag added to 2 cards."
 */
export async function editCards(
  ids: readonly number[],
  edit: CardsEdit,
  textOf: (cards: number) => string,
  onProgress: (done: number) => void,
): Promise<EditDone> {
  const operations: string[] = [];
  const reasons = new Set<string>();
  let [changed, left] = [0, 0];
  try {
    for (let at = 0; at < ids.length; at += PART) {
      const card_ids = ids.slice(at, at + PART);
      const { data, response } = await answerOf(api.POST('/api/v1/edit/cards', { body: { card_ids, ...edit } }));
      const operation = operationOf(response);
      if (operation !== null) operations.unshift(operation);
      changed += data.changed;
      left += data.left_count;
      for (const reason of data.reasons) reasons.add(reason);
      onProgress(at + card_ids.length);
    }
  } finally {
    keepChange(operations, textOf(changed));
  }
  return { changed, left_count: left, reasons: [...reasons] };
}

interface DuplicatesAsked {
  readonly match: DuplicateMatch;
  readonly skip: number;
  readonly limit: number;
  readonly deck_id?: string;
}

/** Notes that repeat each other, a page of groups. Among the cards: what changes those changes these. */
export const duplicateGroups = (asked: DuplicatesAsked) =>
  queryOptions({
    queryKey: ['cards', 'duplicates', asked],
    queryFn: ({ signal }) => dataOf(api.GET('/api/v1/edit/duplicates', { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
  });

const RESOLVED = {
  merge: msg('{n, plural, one {# duplicate} other {# duplicates}} merged away.'),
  delete: msg('{n, plural, one {# duplicate} other {# duplicates}} deleted.'),
  mark: msg('{n, plural, one {# duplicate} other {# duplicates}} marked.'),
} as const;

/** Merges, thins out or marks groups as one change that can be taken back. */
export const resolveDuplicates = (action: DuplicateResolution['action'], groups: DuplicateResolution['groups']) =>
  kept(api.POST('/api/v1/edit/duplicates', { body: { action, groups } }), ({ notes }) => t(RESOLVED[action], { n: notes }));
