import type { Library } from './library.ts';

export const INDEX_FILE = 'index.ts';

/** What the index says of a revision file: its name, the revision's id, and the constant it exports. */
interface Listed {
  readonly file: string;
  readonly id: string;
  readonly constant: string;
}

/**
 * The text of `index.ts`: every revision of the folder in the order of its files. The same folder gives the same text. Each revision has
 * lines of its own, kept apart by a comment, so that two branches that add one each merge without a conflict (.gitattributes: union) and
 * what is wrong with that is found by `flashcase db heads`, not by the reader of a merge conflict.
 */
export function indexText(files: readonly Listed[], library: Library): string {
  const seen = new Set<string>();
  const entries = files.map(({ file, id, constant }) => {
    const isTaken = seen.has(constant);
    seen.add(constant);
    const local = isTaken ? `${constant}${id}` : constant;
    return { file, id, local, imported: isTaken ? `${constant} as ${local}` : constant };
  });
  return [
    `import type { Revision } from '${library.path('revisions/revision')}';`,
    ...entries.map(({ file, imported }) => `import { ${imported} } from './${file}';`),
    '',
    '/** The history, oldest first. Written by `flashcase db revision` from the files of this folder, which a package does not have. */',
    'export const revisions: readonly Revision[] = [',
    ...entries.map(({ id, local }) => `  ${local}, // ${id}`),
    '];',
    '',
  ].join('\n');
}

/** The revision files that the text of an index names, each once, in its order; also where the text cannot be loaded. */
export function filesNamedIn(text: string): string[] {
  return [...new Set([...text.matchAll(/from '\.\/(\d{4}-[a-z0-9-]+\.(?:ts|js))'/g)].map(([, file]) => file as string))];
}
