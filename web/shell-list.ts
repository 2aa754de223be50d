import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const here = fileURLToPath(new URL('.', import.meta.url));
const WORKER = 'service-worker.js';

const integrityOf = (content: string | Uint8Array): string => `sha256-${createHash('sha256').update(content).digest('base64')}`;

/** Tells the service worker the files of this build: all that the page may ever load, each with its hash. */
export function shellList(): Plugin {
  return {
    name: 'shell-list',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      // The page itself is made in this hook, too.
      order: 'post',
      handler(_, bundle) {
        const { [WORKER]: worker, ...files } = bundle;
        if (worker?.type !== 'chunk') throw new Error('the service worker is not among the built files');
        if (worker.imports.length > 0) throw new Error('the service worker imports other files: browsers would not run it');
        const built = Object.values(files).map(
          (file) => [`/${file.fileName}`, integrityOf(file.type === 'chunk' ? file.code : file.source)] as const,
        );
        const folder = resolve(here, 'public');
        const asTheyAre = readdirSync(folder).map(
          (name) => [`/${name}`, integrityOf(readFileSync(resolve(folder, name)))] as const,
        );
        const shell = [...built, ...asTheyAre].sort(([a], [b]) => (a < b ? -1 : 1));
        if (!shell.some(([address]) => address === '/index.html')) throw new Error('the page is not among the built files');
        const { version } = JSON.parse(readFileSync(resolve(here, '../package.json'), 'utf8')) as { version: string };
        const mark = createHash('sha256').update(JSON.stringify(shell)).digest('hex').slice(0, 12);
        worker.code = worker.code
          .replaceAll('__SHELL__', JSON.stringify(shell))
          .replaceAll('__RELEASE__', JSON.stringify(`${version}-${mark}`));
      },
    },
  };
}
