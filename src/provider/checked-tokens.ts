/** @module Tokens that have just been checked, so that the next request with the same one need not check it from scratch. */
import { hash } from "node:crypto";
import { BoundedMap } from "../state/bounded-map.js";

/** How long something that was found out counts. */
export interface Validity {
  /** In epoch seconds. */
  readonly endsAt: number;
  /** Changes when it must be found out anew before that: the keys have changed. */
  readonly edition: () => number;
}

interface Checked<Value> extends Validity {
  readonly value: Value;
  readonly known: number;
}

/** Keeps what was found out about tokens, by their hash: no token is kept. */
export class CheckedTokens<Value> {
  readonly #checked: BoundedMap<Checked<Value>>;
  readonly #now: () => number;

  /** @param most - how many are kept; the oldest goes first. */
  constructor(most: number, now: () => number) {
    this.#checked = new BoundedMap(most);
    this.#now = now;
  }

  /** The name under which a token is kept. */
  static keyOf(token: string): string {
    return hash("sha256", token, "hex");
  }

  /** What is known under a key, unless it is over. */
  get(key: string): Value | undefined {
    const entry = this.#checked.get(key);
    if (entry === undefined) return undefined;
    if (this.#now() < entry.endsAt && entry.known === entry.edition()) return entry.value;
    this.#checked.delete(key);
    return undefined;
  }

  /** @param known - the edition from before the check: a change in the middle of it is noticed with the next token. */
  set(key: string, value: Value, validity: Validity & { readonly known: number }): void {
    this.#checked.set(key, { value, ...validity });
  }
}
