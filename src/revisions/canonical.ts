/**
 * JSON with sorted keys, so that the order in which a literal was written does not count, and without empty lists, so that a new kind of
 * part (a table that may have triggers now) leaves the hashes of older revisions as they are.
 */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(
          Object.entries(inner)
            .filter(([, entry]) => !(Array.isArray(entry) && entry.length === 0))
            .toSorted(isOrdered(inner) ? () => 0 : ([a], [b]) => (a < b ? -1 : 1)),
        )
      : inner,
  );
}

/** The columns of a table are the one record whose order means something: it is the order of the columns. */
function isOrdered(value: object): boolean {
  return (
    Object.values(value).length > 0 &&
    Object.values(value).every((entry) => typeof entry === 'object' && entry !== null && 'isGenerated' in entry)
  );
}

/** True when two parts of a schema say the same. */
export const isSame = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b);
