import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Session } from '../../db/database.ts';
import { findUser, holdUser } from '../../db/stores/users.ts';
import { FlashcaseError } from '../../errors/index.ts';
import type { User } from '../../services/accounts.ts';
import { ownDeck } from '../../services/decks.ts';
import type { Desk } from '../../services/desk.ts';
import { type CollectionReport, importCollection } from '../../services/import-collection.ts';
import { ownDeckNamed } from '../../services/import-file.ts';
import { withinQuota } from '../../services/quota.ts';
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

interface Named {
  readonly userId: bigint;
  readonly file: string;
}
interface Piece extends Named {
  readonly at: number;
  readonly piece: Uint8Array;
}
interface Question extends Named {
  readonly options: Options;
  readonly isDryRun: boolean;
}

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

/** An import takes its time: an account that was closed meanwhile gets nothing. One that is closed now waits for the import's end. */
async function refuseGone(session: Session, { id }: User): Promise<void> {
  await holdUser(session, id);
  if ((await findUser(session, { id }))?.is_active !== true)
    throw new FlashcaseError('FC_UNAUTHENTICATED', {
      what: 'The account was deleted or disabled while the file was read; nothing was imported',
    });
}

/** Packages and archives: sent in pieces, looked at as often as one likes, then imported. */
export async function importFileRoutes(app: FastifyInstance, { desk }: { readonly desk: Desk }): Promise<void> {
  const tag = 'import';
  const params = schemas.importFilePath;
  const uploads = new Uploads(app.database.clock);
  app.addHook('onClose', () => uploads.close());
  desk.keeps(() => uploads.isAnyHere);
  const inTurn = takingTurns({
    concurrent: CONCURRENT,
    mostWaiting: MOST_WAITING,
    whenFull: 'Too many files are being imported at this moment. Try again in a minute.',
  });
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, async (_: unknown, body: Buffer) => body);

  // A file belongs to the process where it was begun, and its name says which that is.
  const nameOf = (id: string): string => (desk.own === '' ? id : `${desk.own}.${id}`);
  const ownId = (name: string): string => name.slice(name.indexOf('.') + 1);
  const placeOf = (name: string): string | undefined => (name.includes('.') ? name.slice(0, name.indexOf('.')) : undefined);
  const begin = desk.open('begin a file', async (userId: bigint) => nameOf(await uploads.begin(userId)));
  const add = desk.open('add to a file', ({ userId, file, at, piece }: Piece) => uploads.add(userId, ownId(file), at, piece));
  const remove = desk.open('forget a file', ({ userId, file }: Named) => uploads.remove(userId, ownId(file)));
  const ask = desk.open('ask about a file', async ({ userId, file, options, isDryRun }: Question) => {
    const user = await app.getSession('read', (session) => findUser(session, { id: userId }));
    if (user === undefined) throw new FlashcaseError('FC_UNAUTHENTICATED', { what: 'Could not validate credentials' });
    return question(user, ownId(file), options, isDryRun);
  });

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
    async ({ user }) => ({ id: await begin(user.id), piece_bytes: PIECE_BYTES }),
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
      bytes: await add(
        { userId: user.id, file: file_id, at, piece: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0) },
        placeOf(file_id),
      ),
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
    ({ user, params: { file_id } }) => remove({ userId: user.id, file: file_id }, placeOf(file_id)),
  );

  async function run(user: User, file: string, options: Options, isDryRun: boolean): Promise<CollectionReport> {
    const { deck_id: deckId = null, duplicates, has_schedule: hasSchedule } = options;
    const deck = deckId === null ? undefined : await app.getSession('read', (session) => ownDeck(session, user, deckId));
    const units = {
      read: <T>(work: (session: Session) => Promise<T>) => app.getSession('read', work),
      write: <T>(work: (session: Session) => Promise<T>) =>
        app.getSession(
          'write',
          async (session) => {
            await refuseGone(session, user);
            return withinQuota(session, user, app.settings.maxCards, () => work(session));
          },
          user.id,
        ),
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
    ({ user, params: { file_id }, body }) =>
      ask({ userId: user.id, file: file_id, options: body, isDryRun: true }, placeOf(file_id)),
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
      const answer = await ask({ userId: user.id, file: file_id, options: body, isDryRun: false }, placeOf(file_id));
      const operation = answer.report?.operation_id;
      if (operation !== undefined && operation !== null) reply.header('X-Operation', String(operation));
      return answer;
    },
  );
}
