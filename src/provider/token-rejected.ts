/** @module An access token that is not good enough: which rule it breaks. */

/** Why an access token is not accepted. The rule is a text of ours, never one of the token's. */
export class TokenRejected extends Error {
  readonly rule: string;

  constructor(rule: string, cause?: unknown) {
    super(rule, { cause });
    this.rule = rule;
  }
}
