/** Kinds of files that notes may show, with the ending their names get. Videos and documents are not kept. */
export const MEDIA_TYPES = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'image/avif': 'avif',
  'image/svg+xml': 'svg',
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'audio/flac': 'flac',
  'audio/mp4': 'm4a',
} as const satisfies Readonly<Record<string, string>>;

export type MediaType = keyof typeof MEDIA_TYPES;

/** Bytes from the start that tell what a file is. */
export const TELLING_BYTES = 1024;

const at = (bytes: Uint8Array, from: number, text: string): boolean =>
  [...text].every((character, index) => bytes[from + index] === character.charCodeAt(0));

/** The words behind `ftyp` of an MP4 container. */
const MP4_AUDIO = ['M4A ', 'M4B '];

function isSvg(bytes: Uint8Array): boolean {
  const text = new TextDecoder('utf-8').decode(bytes.subarray(0, TELLING_BYTES)).replace(/^\uFEFF/, '');
  return /^\s*(?:<\?xml[^>]*>\s*|<!--[\s\S]*?-->\s*|<!DOCTYPE svg[^>[]*>\s*)*<svg[\s>]/i.test(text);
}

/**
 * What a file is by its first bytes, never by its name; `undefined` for what notes do not show.
 * @param bytes the first `TELLING_BYTES` of it, or all of a smaller one
 */
export function mediaTypeOf(bytes: Uint8Array): MediaType | undefined {
  if (at(bytes, 0, '\x89PNG\r\n\x1a\n')) return 'image/png';
  if (at(bytes, 0, '\xff\xd8\xff')) return 'image/jpeg';
  if (at(bytes, 0, 'GIF87a') || at(bytes, 0, 'GIF89a')) return 'image/gif';
  if (at(bytes, 0, 'RIFF') && at(bytes, 8, 'WEBP')) return 'image/webp';
  if (at(bytes, 0, 'RIFF') && at(bytes, 8, 'WAVE')) return 'audio/wav';
  if (at(bytes, 0, 'OggS')) return 'audio/ogg';
  if (at(bytes, 0, 'fLaC')) return 'audio/flac';
  if (at(bytes, 4, 'ftyp')) {
    if (at(bytes, 8, 'avif')) return 'image/avif';
    return MP4_AUDIO.some((brand) => at(bytes, 8, brand)) ? 'audio/mp4' : undefined;
  }
  // A frame of MPEG audio, layer III: its first eleven bits are ones.
  const isFrame = bytes[0] === 0xff && [0xfa, 0xfb, 0xf2, 0xf3, 0xe2, 0xe3].includes(bytes[1] ?? 0);
  if (at(bytes, 0, 'ID3') || isFrame) return 'audio/mpeg';
  return isSvg(bytes) ? 'image/svg+xml' : undefined;
}
