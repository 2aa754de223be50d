import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { FlashcaseError } from '../errors/index.ts';
import { ValidationFailed } from './validation.ts';

interface ReviverContext {
  readonly source?: string;
}
/** TypeScript's library does not know the third argument of a reviver yet. */
const parse = JSON.parse as (
  text: string,
  reviver?: (key: string, value: unknown, context: ReviverContext) => unknown,
) => unknown;

/** JSON in which whole numbers beyond 2^53 arrive as `bigint` with every digit. */
export function parseJson(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new FlashcaseError('FC_BAD_REQUEST', { what: 'There was an error parsing the body', cause });
  }
  try {
    if (!/\d{16}/.test(text)) return parse(text);
    return parse(text, (_, value, { source }) =>
      typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
        ? BigInt(source)
        : value,
    );
  } catch {
    throw new ValidationFailed([{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {} }]);
  }
}

/**
 * Bodies are JSON, also without a content type, as in the original. Any other type stays bytes, which no schema takes: a form of
 * another site cannot pass for JSON.
 */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  const options = { parseAs: 'buffer' } as const;
  const json = async (_: FastifyRequest, body: Buffer): Promise<unknown> => (body.length === 0 ? undefined : parseJson(body));
  app.addContentTypeParser('application/json', options, json);
  app.addContentTypeParser(/^application\/[^;]+\+json/, options, json);
  app.addContentTypeParser('*', options, async (request: FastifyRequest, body: Buffer) =>
    request.headers['content-type'] === undefined ? json(request, body) : body.toString(),
  );
}

/** Logins of programs are forms, plain or multipart. An empty field counts as left out. */
export async function acceptForms(app: FastifyInstance): Promise<void> {
  app.removeAllContentTypeParsers();
  await app.register(formbody, { parser: (text) => withoutEmpty(new URLSearchParams(text)) });
  app.addContentTypeParser('multipart/form-data', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const form = await new Response(body, { headers: { 'content-type': request.headers['content-type'] as string } })
      .formData()
      .catch((cause: unknown) => {
        throw new FlashcaseError('FC_BAD_REQUEST', { what: 'There was an error parsing the body', cause });
      });
    return withoutEmpty([...form].filter((field): field is [string, string] => typeof field[1] === 'string'));
  });
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async () => ({}));
}

function withoutEmpty(fields: Iterable<[string, string]>): Record<string, string> {
  return Object.fromEntries([...fields].filter(([, value]) => value !== ''));
}
