import { readFileSync } from 'node:fs';

/** The version of this FlashCase, as its package says: two folders up from here, in a checkout and in the packed package. */
export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  return version;
}
