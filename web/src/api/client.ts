import createClient from 'openapi-fetch';
import type { paths } from './schema.d.ts';

type Answer<P extends keyof paths, M extends keyof paths[P], S extends number> = paths[P][M] extends {
  responses: { [K in S]: { content: { 'application/json': infer Body } } };
}
  ? Body
  : never;

export type User = Answer<'/api/v1/auth/me', 'get', 200>;
export type Deck = Answer<'/api/v1/decks/{deck_id}', 'get', 200>;
export type Card = Answer<'/api/v1/cards/{card_id}', 'get', 200>;
export type StudyCard = Answer<'/api/v1/study/session/{deck_id}', 'get', 200>[number];

/** A request the server refused, in words for the reader. `status` 0: it was not reached. */
export class RequestFailed extends Error {
  readonly status: number;
  /** Field to sentence, where the server named fields. */
  readonly fields: Readonly<Record<string, string>>;

  constructor(status: number, detail: unknown) {
    const problems = Array.isArray(detail) ? (detail as { loc?: (string | number)[]; msg?: string }[]) : [];
    const fields = Object.fromEntries(
      problems.map((problem) => [String(problem.loc?.at(-1) ?? ''), problem.msg ?? 'is not valid']),
    );
    super(
      typeof detail === 'string'
        ? detail
        : problems.length > 0
          ? Object.entries(fields)
              .map(([field, text]) => `${field}: ${text}`)
              .join('\n')
          : `The server answered ${status}.`,
    );
    this.status = status;
    this.fields = fields;
  }
}

export const api = createClient<paths>({
  baseUrl: '/',
  credentials: 'same-origin',
  fetch: async (request) => {
    try {
      return await fetch(request);
    } catch {
      throw new RequestFailed(0, 'FlashCase cannot be reached. Check the connection and try again.');
    }
  },
});

/** The body of an answer; throws `RequestFailed` with the server's words otherwise. */
export async function body<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  throw new RequestFailed(response.status, (error as { detail?: unknown } | undefined)?.detail);
}

/** A page of a list and where the next one starts. */
export async function page<T>(
  call: Promise<{ data?: T[]; error?: unknown; response: Response }>,
): Promise<{ rows: T[]; next: string | undefined }> {
  const answer = await call;
  const rows = await body(Promise.resolve(answer));
  return { rows, next: answer.response.headers.get('X-Next-After') ?? undefined };
}
