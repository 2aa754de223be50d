import { t } from '../languages/t.ts';
import { ApiError, answerOf, api } from './client.ts';
import type { FileReport, PastImport } from './types.ts';

/** Small enough for a slow phone to send one before the request counts as lost. */
const PIECE_BYTES = 512 * 1024;
/** A piece that got lost on the way is sent again. */
const TRIES = 4;
/** What the server takes (src/services/uploads.ts): better known before an hour of sending. */
const MOST_BYTES = 512 * 1024 * 1024;
const PAUSE_MS = 1000;

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** What the reader chose for a file. */
export interface FileOptions {
  readonly deck_id?: number;
  readonly duplicates: 'skip' | 'update' | 'keep';
  readonly has_schedule: boolean;
}

async function sendPiece(id: string, at: number, piece: Blob, signal: AbortSignal): Promise<number> {
  for (let tried = 1; ; tried++) {
    try {
      const { data } = await answerOf(
        api.PUT('/api/v1/import/files/{file_id}', {
          params: { path: { file_id: id }, query: { at } },
          // The generated types know JSON bodies only.
          ...({ body: piece, bodySerializer: (body: unknown) => body } as object),
          headers: { 'Content-Type': 'application/octet-stream' },
          signal,
        }),
      );
      return data.bytes;
    } catch (error) {
      if (!(error instanceof ApiError) || !error.isTransient || signal.aborted || tried >= TRIES) throw error;
      await pause(PAUSE_MS * tried);
    }
  }
}

/** Sends a file in pieces and gives the server's name for it. Throws `ApiError`. @param onSent how much of it is there, 0 to 1 */
export async function sendFile(file: File, onSent: (part: number) => void, signal: AbortSignal): Promise<string> {
  if (file.size > MOST_BYTES) throw new ApiError(413, t('This file is larger than 512 MB: leave its media out.'));
  const { data } = await answerOf(api.POST('/api/v1/import/files', { signal }));
  for (let at = 0; at < file.size; ) {
    at = await sendPiece(data.id, at, file.slice(at, at + PIECE_BYTES), signal);
    onSent(at / file.size);
  }
  return data.id;
}

/** Asks until the answer is there: large files take a while, and no request waits for so long. */
async function askUntilDone(
  what: 'preview' | 'import',
  id: string,
  body: FileOptions,
  signal?: AbortSignal,
): Promise<FileReport> {
  for (;;) {
    const options = { params: { path: { file_id: id } }, body, ...(signal === undefined ? {} : { signal }) };
    const { data } = await answerOf(
      what === 'preview'
        ? api.POST('/api/v1/import/files/{file_id}/preview', options)
        : api.POST('/api/v1/import/files/{file_id}/import', options),
    );
    if (data.report !== null) return data.report;
    await pause(PAUSE_MS / 2);
  }
}

export const previewFile = (id: string, options: FileOptions, signal: AbortSignal): Promise<FileReport> =>
  askUntilDone('preview', id, options, signal);

export const importFile = (id: string, options: FileOptions): Promise<FileReport> => askUntilDone('import', id, options);

/** The server keeps files for a while only; that this fails is nobody's concern. */
export function forgetFile(id: string): void {
  void api.DELETE('/api/v1/import/files/{file_id}', { params: { path: { file_id: id } } }).catch(() => undefined);
}

export async function pastImports(deckId: string, signal: AbortSignal): Promise<readonly PastImport[]> {
  const params = { path: { deck_id: deckId } };
  return (await answerOf(api.GET('/api/v1/decks/{deck_id}/imports', { params, signal }))).data;
}
