import { extname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** How a versions folder reaches the modules of this tool. */
export interface Library {
  /** The specifier of a module, by its path without extension: `revisions/step`. */
  path(module: string): string;
}

const here = fileURLToPath(import.meta.url);
const rootOf = (module: string): string => resolve(module, '../../..');

/**
 * By relative path; where the tool is installed as a package, by the package's public entry of that part (`exports` in package.json).
 * @param module where this very file is.
 */
export function libraryFor(folder: string, module: string = here): Library {
  const root = rootOf(module);
  const installed = /.*[/\\]node_modules[/\\](.*)[/\\][^/\\]+$/.exec(root)?.[1];
  return {
    path(wanted) {
      if (installed !== undefined) return `${installed.replaceAll('\\', '/')}/${wanted.split('/')[0]}`;
      const path = relative(resolve(folder), join(root, `${wanted}${extname(module)}`)).replaceAll('\\', '/');
      return path.startsWith('.') ? path : `./${path}`;
    },
  };
}

/** `versions` beside this code; `undefined` in an installed package, which is built and has no sources. */
export function ownVersions(module: string = here): string | undefined {
  return extname(module) === '.ts' ? join(rootOf(module), 'versions') : undefined;
}
