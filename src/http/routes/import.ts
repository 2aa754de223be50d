import type { FastifyInstance } from 'fastify';
import { type ImportReport, importText, previewText, type TextImport } from '../../services/import-cards.ts';
import type { TypeOf } from '../json-schema.ts';
import { toId } from '../paging.ts';
import { userRoute } from '../route.ts';
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

  userRoute(
    app,
    {
      ...common,
      url: '/decks/:deck_id/import/preview',
      summary: 'What importing a text into one’s own deck would do; changes nothing',
      answer: schemas.importReport,
      mode: 'read',
    },
    async ({ session, user, params: { deck_id }, body }) =>
      present(await previewText(session, user, toId(deck_id, 'Deck'), given(body))),
  );
  userRoute(
    app,
    {
      ...common,
      url: '/decks/:deck_id/import',
      summary: 'Import a text into one’s own deck as cards, all or nothing',
      answer: schemas.importReport,
      mode: 'write',
    },
    async ({ session, user, params: { deck_id }, body }) =>
      present(await importText(session, user, toId(deck_id, 'Deck'), given(body))),
  );
}
