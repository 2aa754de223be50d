import { createHash } from 'node:crypto';

/** What is stored of a token. 256 random bits need no slow hash: it cannot be turned back. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
