import createClient from 'openapi-fetch';
import { msg, serverText, t } from '../languages/t.ts';
import { createStore } from '../lib/store.ts';
import type { paths } from './schema.d.ts';

/** A request that takes longer counts as lost: on a train a dead connection may stay silent for minutes. */
const PATIENCE_MS = 20_000;

/** False from the first request that got no answer until one gets one. */
export const isReachable = createStore(true);

export const api = createClient<paths>({
  baseUrl: '/',
  async fetch(request) {
    try {
      const signal = AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE_MS)]);
      const response = await fetch(request, { signal });
      isReachable.set(true);
      return response;
    } catch (error) {
      // Given up by the page itself, as when a page is left: that says nothing about the server.
      if (!request.signal.aborted) isReachable.set(false);
      throw error;
    }
  },
});

/** What went wrong with a request, in words for the reader. */
export class ApiError extends Error {
  /** 0 when there was no answer at all. */
  readonly status: number;
  /** What is wrong with single fields, by their name in the API. */
  readonly fields: Readonly<Record<string, string>>;
  readonly retryAfterSeconds: number | undefined;
  /** FlashCase's own name of the refusal, and what to do next; absent when something else spoke. */
  readonly code: string | undefined;
  readonly hint: string | undefined;
  /** Something in front of FlashCase spoke, as a proxy: what FlashCase would say is not known. */
  readonly isForeign: boolean;

  constructor(
    status: number,
    message: string,
    fields: Record<string, string> = {},
    retryAfterSeconds?: number,
    { code, hint, isForeign = false }: { code?: string; hint?: string; isForeign?: boolean } = {},
  ) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.isForeign = isForeign;
    this.status = status;
    this.fields = fields;
    this.retryAfterSeconds = retryAfterSeconds;
  }

  /** The same request may succeed later. */
  get isTransient(): boolean {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500 || this.isForeign;
  }
}

/** What went wrong and what to do about it, as one text of sentences. */
export function withHint({ message, hint }: ApiError): string {
  if (hint === undefined) return message;
  return `${message}${/[.!?…]$/.test(message) ? '' : '.'} ${hint}`;
}

const RULES: readonly (readonly [RegExp, string])[] = [
  [/^Field required$/, msg('This is needed.')],
  [/^String should have at least 1 character$/, msg('This is needed.')],
  [/^String should have at least (\d+) characters$/, msg('At least {n} characters, please.')],
  [/^String should have at most (\d+) characters?$/, msg('At most {n} characters, please.')],
  [/^value is not a valid email address.*$/, msg('This does not look like an email address.')],
  [/^Input should be a valid integer.*$/, msg('A whole number, please.')],
  [/^Input should be greater than or equal to (\d+)$/, msg('Not before {n}, please.')],
  [/^Input should be less than or equal to (\d+)$/, msg('Not after {n}, please.')],
];

/** The reader of a form does not know what a string is. */
function inPlainWords(message: string): string {
  for (const [pattern, text] of RULES) {
    const found = pattern.exec(message);
    if (found !== null) return t(text, { n: found[1] ?? '' });
  }
  return serverText(message.replace(/^Value error, /, ''));
}

function problemOf(response: Response, body: unknown): ApiError {
  const retryAfter = Number(response.headers.get('Retry-After') ?? Number.NaN);
  const seconds = Number.isFinite(retryAfter) ? retryAfter : undefined;
  const { detail, ...more } = (body ?? {}) as { detail?: unknown; code?: string; hint?: string };
  const hinted = more.hint === undefined ? more : { ...more, hint: serverText(more.hint) };
  if (typeof detail === 'string') return new ApiError(response.status, serverText(detail, more.code), {}, seconds, hinted);
  if (Array.isArray(detail)) {
    const fields = Object.fromEntries(
      (detail as { loc?: unknown[]; msg?: string }[]).map(({ loc, msg: problem }) => [
        String(loc?.at(-1) ?? ''),
        inPlainWords(problem ?? t('This is not valid.')),
      ]),
    );
    return new ApiError(response.status, t('Please correct the marked fields.'), fields, seconds);
  }
  // Not FlashCase's own answer: a proxy in front of it speaks.
  const message =
    response.status >= 500
      ? t('The server is not ready ({status}). Try again in a moment.', { status: response.status })
      : t('The server answered {status}.', { status: response.status });
  return new ApiError(response.status, message, {}, seconds, { isForeign: true });
}

interface Answer<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

/** Waits for an answer and its headers; everything that is not a success is thrown as an `ApiError`. */
export async function answerOf<T>(pending: Promise<Answer<T>>): Promise<{ data: T; response: Response }> {
  let answer: Answer<T>;
  try {
    answer = await pending;
  } catch {
    throw new ApiError(0, t('The server does not answer. Check your connection, then try again.'));
  }
  if (!answer.response.ok) throw problemOf(answer.response, answer.error);
  return { data: answer.data as T, response: answer.response };
}

/** The same for those who need the data only. */
export async function dataOf<T>(pending: Promise<Answer<T>>): Promise<T> {
  return (await answerOf(pending)).data;
}
