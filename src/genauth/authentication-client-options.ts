/** @module What AuthenticationClient is made with. */
import type { GenauthProtocol } from "./endpoints.js";
import type { GenauthOptions } from "./genauth.js";

/** Options of {@link GenauthOptions} that mean the same here. */
type Shared =
  | "appId"
  | "appSecret"
  | "appHost"
  | "idTokenSigningAlg"
  | "issuer"
  | "tenantId"
  | "clientAuth"
  | "scope"
  | "authorizationParams"
  | "clockTolerance"
  | "http"
  | "renew"
  | "insecureHttp"
  | "insecurePasswordGrant";

/** The options of AuthenticationClient, by the names in GenAuth's documents. */
export interface AuthenticationClientOptions extends Pick<GenauthOptions, Shared> {
  /** `appSecret` by its other name in the documents. */
  readonly secret?: string;
  /** Where GenAuth sends people back after a login, letter by letter as it is registered in the console. */
  readonly redirectUri: string;
  /**
   * Which of the app's protocols. Default: by the form of the token or code, for those of `oauth` are forty hexadecimal digits; where there is
   * none, `oidc`.
   */
  readonly protocol?: GenauthProtocol;
  /**
   * The only algorithm of ID tokens that is accepted. Default: RS256, and HS256 where there is a secret: which of the two comes is the console's
   * choice, and these tokens come from GenAuth itself.
   */
  readonly idTokenSigningAlg?: "RS256" | "HS256";
}
