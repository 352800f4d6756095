/** @module What a provider answers when it is asked whether a token is good. */

/** What the provider says of a token (RFC 7662 §2.2). */
export interface Introspection {
  /** Whether it is good. Where it is not, nothing else is said. */
  readonly active: boolean;
  readonly scope?: string;
  readonly client_id?: string;
  readonly username?: string;
  readonly token_type?: string;
  /** When it expires, in epoch seconds. */
  readonly exp?: number;
  readonly iat?: number;
  readonly sub?: string;
  readonly [member: string]: unknown;
}
