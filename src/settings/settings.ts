/** @module What the code reads: every option checked, with its default, frozen. */
import type { KeyObject, webcrypto } from "node:crypto";
import type {
  AuthOptions,
  ClientAuth,
  ClientKeyAlg,
  HttpOptions,
  IdTokenSigningAlg,
  LogoutPageOptions,
  Protocol,
  ProviderMetadata,
  ResponseMode,
  ResponseType,
  SessionCookieOptions,
  SessionOptions,
  SessionStore,
} from "../options.js";
import type { SharedState } from "../state/port.js";

/** The paths that the middleware answers; undefined where one is turned off. */
export interface Routes {
  readonly login: string | undefined;
  readonly callback: string;
  readonly logout: string | undefined;
  readonly postLogoutRedirect: string | undefined;
  readonly backchannelLogout: string | undefined;
  readonly frontchannelLogout: string | undefined;
}

/** How express-session is mounted, if by us, or the cookie that takes its place. */
export interface SessionSettings {
  /** Whether express-session carries logins; else a cookie of ours. */
  readonly reqSession: boolean;
  readonly store: SessionStore | undefined;
  readonly cookieName: string;
  readonly cookie: SessionCookieSettings;
  readonly keep: NonNullable<SessionOptions["keep"]>;
  /** Those of express-session's options that go to it as they are. */
  readonly passedOn: Pick<
    SessionOptions,
    "secret" | "genid" | "proxy" | "rolling" | "resave" | "saveUninitialized" | "unset"
  >;
}

/** The session cookie. */
export interface SessionCookieSettings
  extends Required<Pick<SessionCookieOptions, "path" | "sameSite">>,
    Pick<SessionCookieOptions, "domain" | "partitioned" | "priority"> {
  /** In milliseconds; undefined where the login's own lifetime rules. */
  readonly maxAge: number | undefined;
}

/** The private key that this app signs with. */
export interface SigningKey {
  readonly key: KeyObject | webcrypto.CryptoKey;
  readonly kid: string | undefined;
  /** The algorithms that it can do. */
  readonly able: readonly ClientKeyAlg[];
  /** Those that it may be used with, the preferred one first. */
  readonly algs: readonly ClientKeyAlg[];
}

/** How the client proves itself to the provider. */
export interface ClientProof {
  /** Undefined where the provider's metadata decides how the secret is sent. */
  readonly clientAuth: ClientAuth | undefined;
  readonly clientKey: SigningKey | undefined;
  readonly clientAssertionAudience: string | undefined;
  readonly unencodedBasic: boolean;
  readonly certificateBoundTokens: boolean;
  /** The algorithms of the keys that tokens are bound to, the preferred one first; undefined where they are not bound. */
  readonly dpopAlgs: readonly ClientKeyAlg[] | undefined;
  /** Whether `fetch` shows a certificate that the provider should see. */
  readonly usesCertificate: boolean;
}

/** Everything the code needs to know, checked. */
export interface Settings extends ClientProof {
  /** Tells instances in one app apart: a short hash of issuer, client and base URL. */
  readonly id: string;
  readonly issuer: URL;
  /** The issuer as it was written, for messages. */
  readonly issuerName: string;
  readonly metadata: ProviderMetadata | undefined;
  readonly protocol: Protocol;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** Whether authorization requests are pushed; undefined where the provider's metadata decides. */
  readonly par: boolean | undefined;
  /** Whether they are signed; undefined where the provider's metadata decides. */
  readonly jar: boolean | undefined;
  /** What they are signed with. */
  readonly jarKey: SigningKey | undefined;
  readonly profile: AuthOptions["profile"];
  /** What a login brings back with the browser, and how. */
  readonly responseType: ResponseType;
  readonly responseMode: ResponseMode;
  /** The base URL without a slash at its end. */
  readonly baseUrl: string;
  readonly origin: string;
  /** Where the provider sends people back after a login; undefined for a program that has not said so. */
  readonly redirectUri: string | undefined;
  /** The same after a logout; undefined too where that route is off. */
  readonly postLogoutRedirectUri: string | undefined;
  /** The path of `baseUrl`, without a slash at its end: "" or, say, "/app". */
  readonly basePath: string;
  /** Whether people reach the app by https. */
  readonly https: boolean;
  readonly secrets: readonly string[];
  readonly scope: string;
  readonly authorizationParams: ReadonlyArray<readonly [string, string]>;
  readonly idTokenSigningAlg: IdTokenSigningAlg | undefined;
  /** Whether a login asks for userinfo; always where there is no ID token. */
  readonly userinfo: boolean;
  /** The member of userinfo that says who the person is. */
  readonly subjectMember: string;
  readonly routes: Routes;
  readonly session: SessionSettings;
  readonly idleTimeout: number;
  readonly absoluteTimeout: number;
  readonly clockTolerance: number;
  readonly leeway: number;
  readonly idpLogout: NonNullable<AuthOptions["idpLogout"]>;
  readonly revokeOnLogout: boolean;
  readonly logoutPage: Required<LogoutPageOptions>;
  readonly state: SharedState;
  /** Whether `state` was given, so that other processes see what is written there. */
  readonly stateIsShared: boolean;
  readonly httpTimeout: number;
  /** Calls the provider. */
  readonly fetch: NonNullable<HttpOptions["fetch"]>;
  /** Calls an API, whose answers may be of any length. */
  readonly apiFetch: NonNullable<HttpOptions["fetch"]>;
  readonly onLogin: AuthOptions["onLogin"];
  readonly onLogout: AuthOptions["onLogout"];
  readonly onError: AuthOptions["onError"];
  readonly insecureHttp: boolean;
  readonly insecurePasswordGrant: boolean;
  /** The one clock: epoch seconds. */
  readonly now: () => number;
}

/** As much as it takes to know a provider, its keys included, and to call it. */
export type ProviderSettings = Pick<
  Settings,
  | "issuer"
  | "issuerName"
  | "metadata"
  | "protocol"
  | "subjectMember"
  | "clientId"
  | "clientSecret"
  | keyof ClientProof
  | "profile"
  | "idTokenSigningAlg"
  | "clockTolerance"
  | "httpTimeout"
  | "fetch"
  | "apiFetch"
  | "insecureHttp"
  | "now"
> & {
  /**
   * The algorithms that ID tokens may be signed with, where several are possible and the registration is not known; symmetric ones among them
   * have `clientSecret` as their key. Absent: as `idTokenSigningAlg` and the metadata say.
   */
  readonly idTokenAlgs?: readonly IdTokenSigningAlg[];
};

/** As much as it takes to be a client of a provider, with a web app or without. */
export type ClientSettings = ProviderSettings &
  Pick<
    Settings,
    | "scope"
    | "authorizationParams"
    | "par"
    | "jar"
    | "jarKey"
    | "leeway"
    | "idpLogout"
    | "redirectUri"
    | "postLogoutRedirectUri"
    | "insecurePasswordGrant"
  >;
