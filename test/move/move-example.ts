import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const guide = resolve(fileURLToPath(import.meta.url), '../../../docs/guide/library.md');

/** What the example of the guide to the library prints. */
export const MOVED = `9 rows, 0 decisions open
equal: true
postgres is primary, equal: true
sqlite is primary, equal: true
postgres is primary, equal: true
finished
`;

/** Writes the guide's example as `shop.ts`. */
export function writeMoveExample(folder: string, adapt: (text: string) => string = (text) => text): void {
  const [, text = ''] = /^```ts\n\/\/ shop\.ts: .*\n([\s\S]*?)^```$/m.exec(readFileSync(guide, 'utf8')) ?? [];
  writeFileSync(join(folder, 'shop.ts'), adapt(text));
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
}
