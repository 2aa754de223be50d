import type { FastifyInstance } from 'fastify';
import { giveMedia, MOST_MEDIA_BYTES, mediaBytes, plainMediaName, readableMedia } from '../../services/media.ts';
import { toId } from '../paging.ts';
import { userRoute } from '../route.ts';
import * as schemas from '../schemas.ts';

/** A file by its hash never changes; who may see it does, and is asked again after this. */
const FRESH_SECONDS = 3600;
const MEBIBYTE = 1024 * 1024;

/** The one part of a file that is asked for, as players of sounds do; `undefined` for all of it, or what cannot be given. */
function rangeOf(header: string | undefined, size: number): readonly [from: number, to: number] | undefined {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '');
  if (found === null || (found[1] === '' && found[2] === '')) return undefined;
  const from = found[1] === '' ? Math.max(0, size - Number(found[2])) : Number(found[1]);
  const to = found[1] === '' || found[2] === '' ? size - 1 : Math.min(Number(found[2]), size - 1);
  return from <= to ? [from, to] : undefined;
}

/** Pictures and sounds of notes. */
export async function mediaRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'media';
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, async (_: unknown, body: Buffer) => body);

  userRoute(
    app,
    {
      method: 'POST',
      url: '/media',
      tag,
      scope: 'edit',
      summary: 'Give a picture or sound for notes; what is there already is there once',
      query: schemas.mediaName,
      consumes: 'application/octet-stream',
      bodyBytes: MOST_MEDIA_BYTES,
      status: 201,
      answer: schemas.givenMedia,
      mode: 'write',
    },
    ({ session, user, query, request }) =>
      giveMedia(
        session,
        user,
        Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
        query.name ?? '',
        app.settings.mediaQuotaMegabytes * MEBIBYTE,
      ),
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/media/:sha256',
      tag,
      scope: 'read',
      summary: 'A picture or sound: one’s own, or of a card that one may read',
      params: schemas.mediaPath,
      query: schemas.mediaOfCard,
      answer: schemas.mediaBytes,
      produces: 'application/octet-stream',
      mode: 'read',
    },
    async ({ session, user, params: { sha256 }, query: { card_id: cardId }, request, reply }) => {
      const media = await readableMedia(session, user, sha256, cardId === undefined ? undefined : toId(cardId, 'Card'));
      reply
        .type(media.media_type)
        .header('X-Content-Type-Options', 'nosniff')
        // A drawing may have a script in it: shown by itself, it runs in no site.
        .header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox")
        .header('Content-Disposition', `inline; filename="${plainMediaName(media)}"`)
        .header('Cross-Origin-Resource-Policy', 'same-origin')
        .header('Cache-Control', `private, max-age=${FRESH_SECONDS}`)
        .header('ETag', `"${sha256}"`)
        .header('Accept-Ranges', 'bytes');
      if (request.headers['if-none-match'] === `"${sha256}"`) return reply.code(304).send();
      const range = rangeOf(request.headers.range, media.byte_count);
      const bytes = await mediaBytes(session, media, ...(range ?? []));
      if (range !== undefined) reply.code(206).header('Content-Range', `bytes ${range[0]}-${range[1]}/${media.byte_count}`);
      return reply.send(bytes);
    },
  );
}
