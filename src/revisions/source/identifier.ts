const RESERVED = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for ' +
    'function if implements import in instanceof interface let new null package private protected public return static super switch ' +
    'this throw true try typeof undefined var void while with yield'
  ).split(' '),
);

/** `parcel_note` or `parcel note` as `parcelNote`. */
function camelCase(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== '');
  return words
    .map((word, position) => (position === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1))
    .join('');
}

/** The name of a constant for something: no word of the language, and none that is taken already. It is taken from now on. */
export function constantFor(name: string, kind: string, taken: Set<string>): string {
  const plain = camelCase(name);
  const start = /^[a-z]/.test(plain) ? plain : kind;
  const fits = (word: string): boolean => !RESERVED.has(word) && !taken.has(word);
  let word = fits(start) ? start : start + kind.charAt(0).toUpperCase() + kind.slice(1);
  for (let number = 2; !fits(word); number++) word = `${start}${number}`;
  taken.add(word);
  return word;
}

/** The name of the constant a revision is kept in. Only this name is exported by its file, so that nothing else can be in its way. */
export function revisionConstant(revisionName: string, taken: Set<string> = new Set()): string {
  return constantFor(revisionName, 'revision', taken);
}

/** A message for people as the name of a revision: `Add a note!` is `add_a_note`. */
export function snakeCase(message: string): string {
  return message
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
    .join('_')
    .slice(0, 60)
    .replace(/_$/, '');
}

/** A word as a shell takes it whole. */
export const inShell = (word: string): string => (word.includes("'") ? `"${word.replaceAll(/[\\"$`]/g, '\\$&')}"` : `'${word}'`);
