/** @module What a health check tells. */
import type { OidcErrorCode } from "../errors.js";

/** How one of the parts is. */
export interface PartHealth {
  readonly ok: boolean;
  /** What is wrong; undefined while nothing is. */
  readonly code: OidcErrorCode | undefined;
  /** How long it took to find out, in seconds. */
  readonly seconds: number;
}

/** How an instance is. */
export interface Health {
  /** Whether every part is well. Without the provider nobody can log in, and who is logged in stays so; without state or store nobody gets in. */
  readonly ok: boolean;
  readonly provider: PartHealth;
  /** Undefined without the option `state`. */
  readonly state: PartHealth | undefined;
  /** Undefined while it is not known where the app keeps its sessions, which its first request tells. */
  readonly store: PartHealth | undefined;
}
