/** A command with the arguments behind it; `init`, `inspect` and `adopt` take no folder. */
const ARGUMENT = `(?!--versions\\b)--?[a-z][\\w-]*|[-+]\\d+|\\d{4}[\\w-]*|'[^']*'|"[^"]*"|[A-Z]{2,}|head|base`;
const COMMAND = new RegExp(
  `flashcase db (?!(?:adopt|init|inspect)\\b)[a-z]+\\b(?: (?:${ARGUMENT})(?![\\w-]))*(?!(?: (?:${ARGUMENT})(?![\\w-]))* --versions)`,
  'g',
);

/**
 * A text with the folder behind each `flashcase db …` that needs it: what a person copies out of a message works on the same application.
 */
export function withFolder(text: string, folder: string | undefined): string {
  if (folder === undefined) return text;
  const word = /^[\w./-]+$/.test(folder) ? folder : `'${folder}'`;
  return text.replaceAll(COMMAND, (named) => `${named} --versions ${word}`);
}

/** The folder that a command line names. */
export function folderIn(argv: readonly string[]): string | undefined {
  const at = argv.indexOf('--versions');
  return at === -1 ? argv.find((word) => word.startsWith('--versions='))?.slice('--versions='.length) : argv[at + 1];
}
