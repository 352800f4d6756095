/** @module What is known of a person. */

/** Claims about a person (OpenID Connect Core §5.1). A provider may add any others. */
export interface Claims {
  /** Who issued them. Together with `sub` the only key of an account that never changes and is never reused. */
  readonly iss: string;
  /** Who the person is, at this issuer. At most 255 characters. */
  readonly sub: string;
  readonly name?: string;
  readonly given_name?: string;
  readonly family_name?: string;
  readonly nickname?: string;
  readonly preferred_username?: string;
  readonly picture?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly phone_number?: string;
  readonly locale?: string;
  /** When the person last proved who they are, in epoch seconds. */
  readonly auth_time?: number;
  /** How strong that proof was. */
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** The provider's own session. */
  readonly sid?: string;
  readonly [claim: string]: unknown;
}
