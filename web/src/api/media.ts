import { t } from '../languages/t.ts';
import { ApiError, api, dataOf } from './client.ts';

/** What the server takes (src/services/media.ts): better known before it is sent. */
const MOST_BYTES = 16 * 1024 * 1024;

export interface Given {
  readonly address: string;
  readonly media_type: string;
  readonly name: string;
}

/** Gives a picture or sound to the server. Throws `ApiError`. */
export async function giveMedia(file: File): Promise<Given> {
  if (file.size > MOST_BYTES) throw new ApiError(413, t('{name} is larger than 16 MB: make it smaller.', { name: file.name }));
  return dataOf(
    api.POST('/api/v1/media', {
      params: { query: { name: file.name.slice(0, 255) } },
      // The generated types know JSON bodies only.
      ...({ body: file, bodySerializer: (body: unknown) => body } as object),
      headers: { 'Content-Type': 'application/octet-stream' },
    }),
  );
}
