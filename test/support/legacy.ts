import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdDecompressSync } from 'node:zlib';
import type { Place } from './database.ts';

const fixtures = resolve(fileURLToPath(import.meta.url), '../../fixtures/legacy');

/** Writes a real file of the original Python app: version 1 (2025) or 2. */
export function writeLegacyFile(version: 1 | 2, file: string): void {
  writeFileSync(file, zstdDecompressSync(readFileSync(join(fixtures, `flashcase-v${version}.db.zst`))));
}

/** A fresh copy of a real file of the original Python app: version 1 (2025) or 2. */
export function legacyFile(version: 1 | 2): Place & { readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'flashcase-legacy-'));
  const file = join(folder, 'flashcase.db');
  writeLegacyFile(version, file);
  return { file, url: `sqlite:///${file}`, drop: async () => rmSync(folder, { recursive: true, force: true }) };
}
