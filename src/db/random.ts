import { randomBytes, randomInt, randomUUID } from 'node:crypto';

/** Unguessable text for tokens: `byteCount` random bytes in base64url. */
export function randomToken(byteCount: number): string {
  return randomBytes(byteCount).toString('base64url');
}

export { randomBytes, randomInt, randomUUID };
