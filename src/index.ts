/** @module express-oidc: OpenID Connect login, token renewal and guards for Express and Connect. */
export { type Auth, auth } from "./auth.js";
export { oidcOf, signedIn } from "./context/find.js";
export type { LoginOptions, LogoutOptions, OidcContext } from "./context/oidc-context.js";
export {
  AccessError,
  type AnyOidcError,
  type ErrorDetails,
  LoginError,
  OidcError,
  type OidcErrorCode,
  OptionsError,
  type ProviderAnswer,
  ProviderError,
  RequestError,
  SessionError,
  StateError,
} from "./errors.js";
export type { EventOrigin, LoginDone, LogoutDone, OidcEvents, Refusal, RenewalEnded } from "./events.js";
export type { ClaimRule, ClaimRules } from "./guards/claim-rules.js";
export { requireAuth } from "./guards/require-auth.js";
export type { Middleware, RequireAuthOptions } from "./guards/rules.js";
export type {
  AuthOptions,
  Claims,
  ClientAuth,
  HttpOptions,
  IdpLogoutRequest,
  IdTokenSigningAlg,
  LoginEvent,
  LoginVerdict,
  LogoutCause,
  LogoutEvent,
  LogoutPageOptions,
  ProviderMetadata,
  RenewOptions,
  RoutesOptions,
  SessionOptions,
  SessionStore,
} from "./options.js";
export type { Introspection } from "./provider/introspection.js";
export type { Health, PartHealth } from "./session/health-report.js";
export type { LoginInfo, Logins } from "./session/logins.js";
export type { SharedState } from "./state/port.js";
