/** @module What happens, for counters and logs: one channel of `node:diagnostics_channel` for each kind. Costs nothing while nobody listens. */
import { type Channel, channel } from "node:diagnostics_channel";
import type { OidcErrorCode } from "./errors.js";

/** What every event says: which provider and client it concerns. */
export interface EventOrigin {
  /** The option `issuer`, as it was written. */
  readonly issuer: string;
  readonly clientId: string;
}

/** Channel `express-oidc:login`: somebody has logged in. */
export interface LoginDone extends EventOrigin {
  readonly sub: string;
}

/** Channel `express-oidc:renewal`: an access token was due. */
export interface RenewalEnded extends EventOrigin {
  readonly sub: string;
  /**
   * `done`: the provider has given new tokens. `shared`: another request of this process was at it, and its result serves.
   * `replayed`: another process had just done it. `failed`: see `code`.
   */
  readonly outcome: "done" | "shared" | "replayed" | "failed";
  /** Why it failed; undefined also for an error that is not ours. */
  readonly code: OidcErrorCode | undefined;
  /** How long the request had to wait for it, in seconds. */
  readonly seconds: number;
}

/** Channel `express-oidc:logout`: a login has been ended by somebody. */
export interface LogoutDone extends EventOrigin {
  readonly sub: string;
  /** Who has ended it: its user, the provider over one of its channels, or the app. */
  readonly by: "user" | "backchannel" | "frontchannel" | "app";
}

/** Channel `express-oidc:refusal`: a guard or a route has refused a request. */
export interface Refusal extends EventOrigin {
  readonly code: OidcErrorCode;
  /** The HTTP status that goes with the code. */
  readonly status: number;
}

/** The events by the name of their channel, without `express-oidc:`. */
export interface OidcEvents {
  readonly login: LoginDone;
  readonly renewal: RenewalEnded;
  readonly logout: LogoutDone;
  readonly refusal: Refusal;
}

const channels: Readonly<Record<keyof OidcEvents, Channel>> = {
  login: channel("express-oidc:login"),
  renewal: channel("express-oidc:renewal"),
  logout: channel("express-oidc:logout"),
  refusal: channel("express-oidc:refusal"),
};

/** Tells whoever listens. */
export function publish<Name extends keyof OidcEvents>(name: Name, event: OidcEvents[Name]): void {
  if (channels[name].hasSubscribers) channels[name].publish(event);
}
