import { createHash } from 'node:crypto';
import type { Session } from '../db/database.ts';
import {
  findMedia,
  findMediaPart,
  insertMediaPart,
  keepMedia,
  type Media,
  mediaBytesOf,
  ownMediaName,
  PART_BYTES,
} from '../db/stores/media.ts';
import { findNote } from '../db/stores/notes.ts';
import { holdUser, type User } from '../db/stores/users.ts';
import { FlashcaseError } from '../errors/index.ts';
import { mediaAddress } from '../notes/media.ts';
import { MEDIA_TYPES, type MediaType, mediaTypeOf } from '../notes/media-type.ts';
import { readableCard } from './cards.ts';

export { MOST_MEDIA_BYTES } from '../notes/media.ts';

const MEBIBYTE = 1024 * 1024;
const LONGEST_NAME = 120;

/** A name that a file can have anywhere: the last part of what was given, with the ending of what it is. */
export function mediaName(given: string, sha256: string, type: MediaType): string {
  const ending = MEDIA_TYPES[type];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a name may not have.
  const last = (given.normalize('NFC').split(/[/\\]/).at(-1) ?? '').replaceAll(/[\x00-\x1f\x7f<>:"|?*[\]%]/g, '').trim();
  const [stem = ''] = /^\.*(.*?)(?:\.[^.]*)?$/.exec(last)?.slice(1) ?? [];
  return stem === '' ? `${sha256.slice(0, 12)}.${ending}` : `${[...stem].slice(0, LONGEST_NAME).join('')}.${ending}`;
}

/** What a file is called that nobody named. */
export const plainMediaName = ({ sha256, media_type }: Pick<Media, 'sha256' | 'media_type'>): string =>
  `${sha256.slice(0, 12)}.${MEDIA_TYPES[media_type as MediaType]}`;

/** Refuses what would make somebody's files more than is theirs. @param more bytes that come on top */
export async function refuseBeyondQuota(session: Session, userId: bigint, more: number, quotaBytes: number): Promise<void> {
  const used = await mediaBytesOf(session, userId);
  if (used + more <= quotaBytes) return;
  const mebibytes = (bytes: number): string => `${Math.ceil(bytes / MEBIBYTE).toLocaleString('en')} MB`;
  throw new FlashcaseError('FC_MEDIA_QUOTA', {
    what: `Pictures and sounds may take ${mebibytes(quotaBytes)} for each person: ${mebibytes(used)} are used, and this needs ${mebibytes(more)}.`,
    hint: 'Whoever runs this server raises MEDIA_QUOTA_MB, or removes what no note shows for 31 days: flashcase media prune. Until then it counts.',
  });
}

export interface GivenMedia {
  readonly sha256: string;
  readonly address: string;
  readonly media_type: string;
  readonly byte_count: number;
  readonly name: string;
}

/**
 * Keeps a picture or sound of a user's, once whoever else has it. Throws `FC_MEDIA_TYPE` for what notes do not show, and `FC_MEDIA_QUOTA`.
 * @param quotaBytes of all files of one user
 */
export async function giveMedia(
  session: Session,
  user: User,
  bytes: Uint8Array,
  givenName: string,
  quotaBytes: number,
): Promise<GivenMedia> {
  const type = mediaTypeOf(bytes);
  if (type === undefined) {
    throw new FlashcaseError('FC_MEDIA_TYPE', {
      what: 'This is not a picture or sound that cards can show.',
      why: 'The kind is told from the content: PNG, JPEG, GIF, WebP, AVIF and SVG; MP3, Ogg, WAV, FLAC and M4A.',
      hint: 'Save it as one of these.',
    });
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const now = session.clock.now();
  // Two files of one user at once would each find room for itself alone.
  await holdUser(session, user.id);
  const known = await ownMediaName(session, user.id, sha256);
  if (known === undefined) await refuseBeyondQuota(session, user.id, bytes.length, quotaBytes);
  const media = { sha256, media_type: type, byte_count: bytes.length, name: known ?? mediaName(givenName, sha256, type) };
  if (await keepMedia(session, user.id, media, now)) {
    for (let part = 0; part * PART_BYTES < bytes.length; part++)
      await insertMediaPart(session, sha256, part, bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES));
  }
  return { ...media, address: mediaAddress(sha256) };
}

const notFound = (): FlashcaseError => new FlashcaseError('FC_NOT_FOUND', { what: 'Picture or sound not found' });

/**
 * What a file is, for who may see it: who gave it, and who may read a card that shows it. Everybody else gets `FC_NOT_FOUND`, whether it
 * is there or not. @param cardId the card it is shown on
 */
export async function readableMedia(session: Session, user: User, sha256: string, cardId: bigint | undefined): Promise<Media> {
  const media = await findMedia(session, sha256);
  if (media === undefined) throw notFound();
  if ((await ownMediaName(session, user.id, sha256)) !== undefined) return media;
  if (cardId === undefined) throw notFound();
  const card = await readableCard(session, user, cardId);
  const address = mediaAddress(sha256);
  if (card.front_html?.includes(address) === true || card.back_html?.includes(address) === true) return media;
  const note = card.note_id === null ? undefined : await findNote(session, user.id, card.note_id);
  if (note?.fields.includes(address) !== true) throw notFound();
  return media;
}

/** The bytes of a file, or of a part of it. @param from the first byte. @param to the last one */
export async function mediaBytes(session: Session, media: Media, from = 0, to = media.byte_count - 1): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (let part = Math.floor(from / PART_BYTES); part * PART_BYTES <= to; part++) {
    const piece = await findMediaPart(session, media.sha256, part);
    if (piece === undefined) throw new FlashcaseError('FC_INTERNAL', { what: `A piece of ${media.sha256} is missing.` });
    const start = part * PART_BYTES;
    pieces.push(piece.subarray(Math.max(0, from - start), Math.min(piece.length, to + 1 - start)));
  }
  return Buffer.concat(pieces);
}
