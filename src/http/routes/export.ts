import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { FlashcaseError } from '../../errors/index.ts';
import { DECK_PREFIX, type ExportFormat, exportDeck } from '../../services/export-deck.ts';
import { takingTurns } from '../../services/taking-turns.ts';
import { toId } from '../paging.ts';
import { readTask } from '../route.ts';
import * as schemas from '../schemas.ts';
import { sendWritten } from '../send-written.ts';

/** A browser that unpacks what it takes for a zip file would leave a folder that nothing imports: only the table says what it is. */
const FILES: Record<ExportFormat, { readonly ending: string; readonly mediaType: string }> = {
  apkg: { ending: 'apkg', mediaType: 'application/octet-stream' },
  archive: { ending: 'flashcase', mediaType: 'application/octet-stream' },
  csv: { ending: 'csv', mediaType: 'text/csv; charset=utf-8; header=present' },
};

/** What no file system takes in a name, and levels, become spaces. */
const fileName = (deck: string): string => deck.replaceAll(/(?:[\\/:*?"<>|\s]|\p{Cc})+/gu, ' ').trim() || 'deck';

/** Decks as files, for other programs and other FlashCases. */
export async function exportRoutes(app: FastifyInstance): Promise<void> {
  /** Whose deck is being exported, or waits for it. */
  const busy = new Set<bigint>();
  // Each holds a connection, and twice its size of the disk, for as long as it takes.
  const exporting = takingTurns({ concurrent: 2, mostWaiting: 16, whenFull: 'Many others are exporting decks just now.' });
  readTask(
    app,
    {
      method: 'POST',
      url: '/decks/:deck_id/export',
      tag: 'decks',
      scope: 'transfer',
      summary: 'A deck as a file: for Anki or as FlashCase’s own archive, with one’s own dates and reviews, or as a table',
      params: schemas.deckPath,
      query: schemas.deckExport,
      answer: { type: 'string', format: 'binary' },
      produces: 'application/octet-stream',
    },
    ({ user, read, params: { deck_id }, query: { format, below }, reply }) =>
      sendWritten(reply, { prefix: DECK_PREFIX, clock: app.database.clock }, async (file, signal) => {
        const options = { below, signal, temporaryFolder: dirname(file) };
        const deckId = toId(deck_id, 'Deck');
        // One a student: who presses the button again and again takes no turn of others.
        if (busy.has(user.id))
          throw new FlashcaseError('FC_RATE_LIMITED', {
            what: 'A deck is being exported for you just now.',
            details: { retryAfterSeconds: 5 },
          });
        busy.add(user.id);
        try {
          const { name } = await exporting(() =>
            read(async (session) => {
              signal.throwIfAborted();
              // A replica that failed has left its try.
              await rm(file, { force: true });
              return exportDeck(session, user, deckId, format, file, options);
            }),
          );
          const { ending, mediaType } = FILES[format];
          return { name: `${fileName(name)}.${ending}`, mediaType };
        } finally {
          busy.delete(user.id);
        }
      }),
  );
}
