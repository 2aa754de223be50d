/** A page of a list in the order of its ids. */
export interface Page {
  /** The page starts behind this id; at the first row when absent. */
  readonly after: bigint | undefined;
  readonly limit: number;
}
