import { createReadStream, type ReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create as contentDisposition } from 'content-disposition';
import type { FastifyReply } from 'fastify';
import type { Clock } from '../db/clock.ts';
import { FlashcaseError } from '../errors/index.ts';
import { removeLeftBehind } from '../services/left-behind.ts';

interface Written {
  /** What the client calls the file. */
  readonly name: string;
  readonly mediaType: string;
}

/**
 * Sends a file that is written for this one request, in a folder of its own: its client may go meanwhile, and nothing of it stays.
 * @param prefix the folder's name begins so, by which what a killed server left is found
 * @param write writes the file, and stops with `signal`
 */
export async function sendWritten(
  reply: FastifyReply,
  { prefix, clock }: { readonly prefix: string; readonly clock: Clock },
  write: (file: string, signal: AbortSignal) => Promise<Written>,
): Promise<ReadStream> {
  const leaving = new AbortController();
  const leave = () => leaving.abort(new FlashcaseError('FC_BAD_REQUEST', { what: 'Whoever asked for it has gone' }));
  if (reply.raw.destroyed) leave();
  else reply.raw.once('close', leave);
  await removeLeftBehind(prefix, clock);
  const folder = await mkdtemp(join(tmpdir(), prefix));
  // Where it cannot be removed now, `removeLeftBehind` does so later.
  const gone = () => void rm(folder, { recursive: true, force: true }).catch(() => undefined);
  try {
    const file = join(folder, 'written');
    const { name, mediaType } = await write(file, leaving.signal);
    const stream = createReadStream(file);
    stream.once('close', gone);
    reply.type(mediaType).header('Content-Disposition', contentDisposition(name));
    return stream;
  } catch (error) {
    gone();
    throw error;
  }
}
