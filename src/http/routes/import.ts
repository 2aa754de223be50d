import type { FastifyInstance } from 'fastify';
import { operationOf } from '../../db/stores/operations.ts';
import type { User } from '../../services/accounts.ts';
import { ownDeck } from '../../services/decks.ts';
import { type ImportReport, importText, previewText, type TextImport } from '../../services/import-cards.ts';
import { listImports } from '../../services/list-imports.ts';
import { withinQuota } from '../../services/quota.ts';
import { readTextApart } from '../../services/read-text-apart.ts';
import type { TypeOf } from '../json-schema.ts';
import { toId } from '../paging.ts';
import { userRoute, userTask } from '../route.ts';
import * as schemas from '../schemas.ts';

/** A text of twenty thousand ordinary cards, escaped. */
const TEXT_BYTES = 8 * 1024 * 1024;

const given = (body: TypeOf<typeof schemas.importText>): TextImport => ({
  text: body.text,
  format: body.format,
  separator: body.separator,
  rowSeparator: body.row_separator,
  hasHeader: body.has_header,
  frontColumn: body.front_column,
  backColumn: body.back_column,
  duplicates: body.duplicates,
});

const present = ({ table, ...report }: ImportReport) => ({
  format: report.format,
  separator: table?.separator ?? null,
  row_separator: table?.rowSeparator ?? null,
  has_header: table?.hasHeader ?? null,
  columns: table?.columns ?? [],
  front_column: table?.frontColumn ?? null,
  back_column: table?.backColumn ?? null,
  added: report.added,
  updated: report.updated,
  skipped: report.skipped,
  samples: report.samples,
  problems: report.problems,
  problem_count: report.problem_count,
  left_out: report.left_out,
});

export async function importRoutes(app: FastifyInstance): Promise<void> {
  const tag = 'import';
  const common = { method: 'POST', tag, params: schemas.deckPath, body: schemas.importText, bodyBytes: TEXT_BYTES } as const;

  /** Reads the text outside of any unit of work, once it is known that the deck is the user's. */
  async function readFor(user: User, deckId: bigint, body: TypeOf<typeof schemas.importText>) {
    await app.getSession('read', (session) => ownDeck(session, user, deckId));
    const { text, duplicates, ...settings } = given(body);
    return { deckId, duplicates, reading: await readTextApart(text, settings) };
  }

  userTask(
    app,
    {
      ...common,
      url: '/decks/:deck_id/import/preview',
      scope: 'transfer',
      summary: 'What importing a text into one’s own deck would do; changes nothing',
      answer: schemas.importReport,
    },
    async ({ user, params: { deck_id }, body }) => {
      const { deckId, duplicates, reading } = await readFor(user, toId(deck_id, 'Deck'), body);
      return present(await app.getSession('read', (session) => previewText(session, user, deckId, reading, duplicates)));
    },
  );
  userTask(
    app,
    {
      ...common,
      url: '/decks/:deck_id/import',
      scope: 'transfer',
      summary: 'Import a text into one’s own deck as cards, all or nothing',
      answer: schemas.importReport,
    },
    async ({ user, params: { deck_id }, body, reply }) => {
      const { deckId, duplicates, reading } = await readFor(user, toId(deck_id, 'Deck'), body);
      const { report, operation } = await app.getSession(
        'write',
        (session) =>
          withinQuota(session, user, app.settings.maxCards, async () => ({
            report: await importText(session, user, deckId, reading, duplicates),
            operation: operationOf(session),
          })),
        user.id,
      );
      // By which it can be taken back.
      if (operation !== undefined) reply.header('X-Operation', String(operation));
      return present(report);
    },
  );
  userRoute(
    app,
    {
      method: 'GET',
      url: '/decks/:deck_id/imports',
      tag,
      scope: 'transfer',
      summary: 'What one imported into one’s own deck in the last 30 days, the newest first',
      params: schemas.deckPath,
      answer: schemas.deckImports,
      mode: 'read',
    },
    ({ session, user, params: { deck_id } }) => listImports(session, user, toId(deck_id, 'Deck')),
  );
}
