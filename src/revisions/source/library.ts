import { dirname, extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a versions folder reaches the modules of this tool. */
export interface Library {
  /** The specifier of a module, by its path without extension: `revisions/step`. */
  path(module: string): string;
}

const here = fileURLToPath(import.meta.url);
const root = resolve(here, '../../..');

/** By relative path; by the package's name where the tool is installed as a package. */
export function libraryFor(folder: string): Library {
  const extension = extname(here);
  const installed = /(?:^|[/\\])node_modules[/\\](.*)$/.exec(root)?.[1];
  return {
    path(module) {
      const file = `${module}${extension}`;
      if (installed !== undefined) return `${installed.replaceAll('\\', '/')}/${file}`;
      const path = relative(resolve(folder), join(root, file)).replaceAll('\\', '/');
      return path.startsWith('.') ? path : `./${path}`;
    },
  };
}

/** `src/versions` beside this code; `undefined` in an installed package, which is built and has no sources. */
export function ownVersions(): string | undefined {
  return extname(here) === '.ts' ? join(dirname(root), 'src', 'versions') : undefined;
}
