import { existsSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { syncFolder } from '../engine/sqlite/verified-copy.ts';
import { FlashcaseError } from '../errors/index.ts';
import { writeDurably } from './durable-file.ts';

/** The two sides of a live move, as every process of the installation finds them. */
export interface Peer {
  readonly sqliteFile: string;
  /** With its password: it lies in the peer file only, which nobody but the owner can read. */
  readonly postgresUrl: string;
  /** Without a pooler between. */
  readonly directUrl?: string;
}

/** `F.peer` beside the SQLite file F; of a symbolic link, beside the real file, as with everything else that lies beside it. */
export function peerFileOf(sqliteFile: string): string {
  return `${realFile(sqliteFile)}.peer`;
}

/** A finished move has taken the file away, and leaves its peer file to tell where the data is. */
function realFile(file: string): string {
  if (existsSync(file)) return realpathSync(file);
  const folder = dirname(file);
  return existsSync(folder) ? join(realpathSync(folder), basename(file)) : file;
}

/**
 * The move this SQLite file is in, or was moved by; `undefined` for one that is alone. A peer file that came here with a copy of the folder
 * names the file it was written for: the copy is alone. Throws `FC_SETTINGS_INVALID` for a damaged one.
 */
export function readPeer(sqliteFile: string): Peer | undefined {
  const file = peerFileOf(sqliteFile);
  let why = 'It is not what FlashCase writes there.';
  try {
    const read = JSON.parse(readFileSync(file, 'utf8')) as Partial<Peer> | null;
    if (typeof read?.postgresUrl === 'string' && typeof read.sqliteFile === 'string') {
      const { postgresUrl, directUrl } = read;
      if (read.sqliteFile !== realFile(sqliteFile)) return undefined;
      return { sqliteFile: read.sqliteFile, postgresUrl, ...(typeof directUrl === 'string' ? { directUrl } : {}) };
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    // The text of a parser's error would show the password.
    if (code !== undefined) why = code;
  }
  throw new FlashcaseError('FC_SETTINGS_INVALID', {
    what: 'The file that names the other side of the move cannot be read.',
    where: file,
    why,
    hint: 'Correct its owner and rights; its form is {"sqliteFile": "/path", "postgresUrl": "postgresql://…"}.',
  });
}

/** Names the other side for every process of this installation. It survives a power cut when this returns. */
export function writePeer(peer: Peer): void {
  const named = { ...peer, sqliteFile: realFile(peer.sqliteFile) };
  const { uid, gid } = statSync(named.sqliteFile);
  // The server's user must be able to read it, also when root types the command.
  writeDurably(peerFileOf(peer.sqliteFile), Buffer.from(`${JSON.stringify(named, undefined, 2)}\n`), { mode: 0o600, uid, gid });
}

/** Lets the file be alone again. */
export function removePeer(sqliteFile: string): void {
  const file = peerFileOf(sqliteFile);
  rmSync(file, { force: true });
  syncFolder(dirname(file));
}
