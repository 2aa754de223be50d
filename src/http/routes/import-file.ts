import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Session } from '../../db/database.ts';
import type { User } from '../../services/accounts.ts';
import { ownDeck } from '../../services/decks.ts';
import { type CollectionReport, importCollection } from '../../services/import-collection.ts';
import { ownDeckNamed } from '../../services/import-file.ts';
import { takingTurns } from '../../services/taking-turns.ts';
import { PIECE_BYTES, Uploads } from '../../services/uploads.ts';
import type { TypeOf } from '../json-schema.ts';
import { userTask } from '../route.ts';
import * as schemas from '../schemas.ts';

/** An answer that takes longer is asked for again: clients and proxies give a silent request up. */
const PATIENCE_MS = 8000;
/** Files that are read and written at once: each takes a processor, and its own memory. */
const CONCURRENT = 1;
const MOST_WAITING = 10;

type Options = TypeOf<typeof schemas.importFileOptions>;

const present = ({ operation, problemCount, ...report }: CollectionReport) => ({
  format: report.format,
  decks: report.decks.map(({ id, name, isNew }) => ({ id: id ?? null, name, is_new: isNew })),
  added: report.added,
  updated: report.updated,
  skipped: report.skipped,
  cards: report.cards,
  reviews: report.reviews,
  media: report.media,
  samples: report.samples.map(({ front_html = null, back_html = null, ...sample }) => ({ ...sample, front_html, back_html })),
  problems: report.problems.map(({ what, count }) => ({ what, count })),
  problem_count: problemCount,
  operation_id: operation ?? null,
});

/** Packages and archives: sent in pieces, looked at as often as one likes, then imported. */
export async function importFileRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'import';
  const params = schemas.importFilePath;
  const uploads = new Uploads(app.database.clock);
  app.addHook('onClose', () => uploads.close());
  const inTurn = takingTurns({
    concurrent: CONCURRENT,
    mostWaiting: MOST_WAITING,
    whenFull: 'Too many files are being imported at this moment. Try again in a minute.',
  });
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, async (_: unknown, body: Buffer) => body);

  userTask(
    app,
    {
      method: 'POST',
      url: '/import/files',
      tag,
      scope: 'transfer',
      summary: 'Begin to send a package of Anki or an archive of FlashCase; one that was sent before goes',
      status: 201,
      answer: schemas.importFileBegun,
    },
    async ({ user }) => ({ id: await uploads.begin(user.id), piece_bytes: PIECE_BYTES }),
  );
  userTask(
    app,
    {
      method: 'PUT',
      url: '/import/files/:file_id',
      tag,
      scope: 'transfer',
      summary: 'Send a piece of the file, at its place; the same piece may be sent again',
      params,
      query: schemas.importPiece,
      consumes: 'application/octet-stream',
      bodyBytes: PIECE_BYTES,
      answer: schemas.importFileSize,
    },
    async ({ user, params: { file_id }, query: { at }, request }) => ({
      bytes: await uploads.add(user.id, file_id, at, Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)),
    }),
  );
  userTask(
    app,
    {
      method: 'DELETE',
      url: '/import/files/:file_id',
      tag,
      scope: 'transfer',
      summary: 'Forget a file that was sent',
      params,
      status: 204,
    },
    ({ user, params: { file_id } }) => uploads.remove(user.id, file_id),
  );

  async function run(user: User, file: string, options: Options, isDryRun: boolean): Promise<CollectionReport> {
    const { deck_id: deckId = null, duplicates, has_schedule: hasSchedule } = options;
    const deck = deckId === null ? undefined : await app.getSession('read', (session) => ownDeck(session, user, deckId));
    const units = {
      read: <T>(work: (session: Session) => Promise<T>) => app.getSession('read', work),
      write: <T>(work: (session: Session) => Promise<T>) => app.getSession('write', work, user.id),
      clock: app.database.clock,
    };
    return importCollection(units, {
      ...{ file, duplicates, hasSchedule, isDryRun, deckName: deck?.name },
      mediaQuotaBytes: app.settings.mediaQuotaMegabytes * 1024 * 1024,
      userOf: async () => user,
      deckOf: async (session, owner, name) => deck?.id ?? (await ownDeckNamed(session, owner, name)),
    });
  }

  const question = async (user: User, id: string, options: Options, isDryRun: boolean) => {
    const name = JSON.stringify([isDryRun, { ...options, deck_id: String(options.deck_id ?? '') }]);
    const answer = uploads.ask(user.id, id, name, !isDryRun, (file) => inTurn(() => run(user, file, options, isDryRun)));
    const late = new AbortController();
    const report = await Promise.race([
      answer,
      delay(PATIENCE_MS, undefined, { signal: late.signal }).catch(() => undefined),
    ]).finally(() => late.abort());
    return report === undefined ? { state: 'running', report: null } : { state: 'done', report: present(report) };
  };

  userTask(
    app,
    {
      method: 'POST',
      url: '/import/files/:file_id/preview',
      tag,
      scope: 'transfer',
      summary: 'What importing the file would do; changes nothing. Asked again while it is worked on',
      params,
      body: schemas.importFileOptions,
      answer: schemas.importFileReport,
    },
    ({ user, params: { file_id }, body }) => question(user, file_id, body, true),
  );
  userTask(
    app,
    {
      method: 'POST',
      url: '/import/files/:file_id/import',
      tag,
      scope: 'transfer',
      summary: 'Import the file, all or nothing. Asked again it gives the same answer, and imports nothing twice',
      params,
      body: schemas.importFileOptions,
      answer: schemas.importFileReport,
    },
    async ({ user, params: { file_id }, body, reply }) => {
      const answer = await question(user, file_id, body, false);
      const operation = answer.report?.operation_id;
      if (operation !== undefined && operation !== null) reply.header('X-Operation', String(operation));
      return answer;
    },
  );
}
