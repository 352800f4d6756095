/** @module A provider that has been found, with what is kept of it here. */
import type { Discovered } from "./discovery.js";
import type { DpopKeys } from "./dpop-keys.js";
import type { Keys } from "./keys.js";

/** What a request that brings tokens, or takes them along, needs to know. */
export interface Found extends Discovered {
  /** What its signatures are verified with. */
  readonly keys: Keys;
  /** What its tokens are bound to. */
  readonly dpop: DpopKeys;
}
