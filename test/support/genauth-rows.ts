/**
 * A row of the table of GenAuth's documents.
 * @module
 */

/** One thing that the documents have. */
export interface Row {
  /** The documents: the number with which their file begins. */
  readonly of: string;
  /** The mode, endpoint or sample. */
  readonly what: string;
  readonly how: string;
  /** The file of the sample. */
  readonly sample?: string;
  /** What it does can't be right: shown to be refused, with the reason. */
  readonly isRefused?: boolean;
  /** What shows that it is so. There is at least one. */
  readonly proofs: readonly [Proof, ...Proof[]];
}

/** One run. */
export interface Proof {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** What the table says of a row. */
export function stateOf({ isRefused }: Row): "works" | "refused" {
  return isRefused === true ? "refused" : "works";
}
