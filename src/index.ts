/** @module express-oidc: OpenID Connect login, token renewal and guards for Express and Connect. */
export { type Auth, type AuthenticateOptions, auth } from "./auth.js";
export type {
  AuthorizationRequest,
  BegunLogin,
  CallbackResponse,
  Client,
  ClientCredentialsRequest,
  EndSessionRequest,
  LoginProofs,
  PasswordRequest,
  RefreshRequest,
  TokenExchangeRequest,
  TokenTypeName,
  WireParams,
} from "./client/client.js";
export { createClient } from "./client/create-client.js";
export { oidcOf, signedIn } from "./context/find.js";
export type { AccessTokenOptions, LoginOptions, LogoutOptions, OidcContext } from "./context/oidc-context.js";
export { stepUpParams } from "./context/step-up.js";
export {
  AccessError,
  type AnyOidcError,
  BearerError,
  type BearerErrorCode,
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
export { type BearerAuth, bearerOf } from "./guards/bearer-auth.js";
export type { BearerMiddleware } from "./guards/bearer-middleware.js";
export type { BearerRouteOptions, RequireBearerOptions, RolesRule } from "./guards/bearer-options.js";
export type { BoundTokenOptions, ClientCertificateHeader, DpopOptions } from "./guards/bound-options.js";
export type { ClaimRule, ClaimRules } from "./guards/claim-rules.js";
export type { IntrospectionOptions } from "./guards/introspection-options.js";
export type { Middleware } from "./guards/middleware.js";
export { requireAuth } from "./guards/require-auth.js";
export { requireBearer } from "./guards/require-bearer.js";
export { type ResourceMetadataOptions, resourceMetadata } from "./guards/resource-metadata.js";
export type { RequireAuthOptions } from "./guards/rules.js";
export { wildcardScope } from "./guards/wildcard-scope.js";
export type { Claims } from "./options/claims.js";
export type {
  ClientAuth,
  ClientKeyAlg,
  IdTokenSigningAlg,
  Protocol,
  ResponseMode,
  ResponseType,
} from "./options/names.js";
export type {
  AuthOptions,
  AuthorizationDetail,
  AuthorizationParams,
  ClientKey,
  ClientOptions,
  HttpOptions,
  IdpLogoutRequest,
  IssuerMetadata,
  JarOptions,
  LoginEvent,
  LoginVerdict,
  LogoutCause,
  LogoutEvent,
  LogoutPageOptions,
  PrivateKey,
  ProviderMetadata,
  RenewOptions,
  RoutesOptions,
  SessionOptions,
  SessionStore,
  UserinfoOptions,
  WebAppOption,
} from "./options.js";
export type { AccessTokenClaims } from "./provider/access-token.js";
export type { Introspection } from "./provider/introspection.js";
export type { ChooseIssuer } from "./provider/issuers.js";
export type { TokenSet } from "./provider/token-set.js";
export type { Health, PartHealth } from "./session/health-report.js";
export type { LoginInfo, Logins } from "./session/logins.js";
export type { TokenTargetOptions } from "./settings/read-target.js";
export type { SharedState } from "./state/port.js";
