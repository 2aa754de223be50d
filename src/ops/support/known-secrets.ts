import { existsSync, readFileSync } from 'node:fs';
import type { Env } from '../../db/env.ts';
import { peerFileOf } from '../../db/peer.ts';
import { SETTINGS, type Settings } from '../../db/settings.ts';

/** Shorter ones are words of the language, and would be taken out everywhere. */
const SHORTEST = 4;

const passwordsIn = (text: string): string[] =>
  [...text.matchAll(/:\/\/[^\s:@/?#'"]*:([^\s'"]*)@/g), ...text.matchAll(/[?&](?:ssl)?password=([^&\s'"]*)/gi)].flatMap(
    ([, found = '']) => {
      try {
        return [found, decodeURIComponent(found)];
      } catch {
        return [found];
      }
    },
  );

/** The secrets of this installation as they are, so that none of them can be anywhere in what leaves it. */
export function knownSecrets(env: Env, settings: Settings): string[] {
  const set = SETTINGS.filter(({ isSecret, isHidden }) => isSecret === true || isHidden === true);
  const values = set.map(({ name }) => env.get(name)?.value ?? '');
  const hidden = set.filter(({ isHidden }) => isHidden === true).map(({ name }) => env.get(name)?.value ?? '');
  const texts = [...values];
  const { database, backup } = settings;
  const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');
  if (database.engine === 'sqlite') texts.push(read(peerFileOf(database.file)));
  const repository = backup.physical?.repository;
  const files = [backup.keyFile, repository?.kind === 's3' ? repository.keyFile : undefined];
  // Each line by itself: a file may hold a name and its secret.
  const keys = files.flatMap((file) => (file === undefined ? [] : read(file).split('\n')).map((line) => line.trim()));
  return [...new Set([...texts.flatMap(passwordsIn), ...hidden, ...keys])].filter((secret) => secret.length >= SHORTEST);
}
