import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const guide = resolve(fileURLToPath(import.meta.url), '../../../docs/guide/revisions.md');

/** What the example prints at its first start and at its second. */
export const PRINTED = ['applied 0001 parcel\napplied 0002 grams\nbooks: 1200 g\n', 'books: 1200 g\n'] as const;

/**
 * Writes the files of the guide's example of an application, each block under the name in its first line, and returns the names.
 * @param entry where each public entry of the package (`flashcase/schema`) is found
 */
export function writeExample(folder: string, entry: (name: string) => string = (name) => name): string[] {
  const files = [...readFileSync(guide, 'utf8').matchAll(/^```ts\n\/\/ ([\w/.-]+\.ts): .*\n([\s\S]*?)^```$/gm)];
  for (const [, name = '', text = ''] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(
      join(folder, name),
      text.replace(/'(flashcase\/[\w/-]+)'/g, (_, wanted: string) => `'${entry(wanted)}'`),
    );
  }
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  return files.map(([, name = '']) => name);
}
