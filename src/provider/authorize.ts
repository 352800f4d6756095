/** @module The authorization request: the URL that sends a person to the provider. */
import { createHash, randomBytes } from "node:crypto";
import { OptionsError } from "../errors.js";
import type { ClientSettings, Settings } from "../settings/settings.js";
import { sendableUrl } from "./authorization-request.js";
import type { Discovered } from "./discovery.js";
import { thumbprintOfSeed } from "./dpop-keys.js";
import { explainFailure, noUserinfo } from "./failures.js";

/** What protects one login: fresh for each, never used twice. */
export interface Proofs {
  readonly state: string;
  readonly nonce: string;
  /** The PKCE verifier (RFC 7636 §4.1). */
  readonly verifier: string;
  /** What the key of its tokens follows from, where tokens are bound. The provider never sees it. */
  readonly seed?: string;
}

/** A random text that nobody can guess: 128 bits or more, base64url. */
export function randomText(bytes = 16): string {
  return randomBytes(bytes).toString("base64url");
}

/**
 * The proofs of a login, all from one random verifier, so that a cookie need keep no more than that: state and nonce are hashes of it and
 * give nothing of it away.
 *
 * @param mark - stands before the state, for whoever reads it back.
 */
export function proofsFrom(verifier: string, mark: string): Proofs {
  const derived = (use: string) => createHash("sha256").update(`${use} ${verifier}`).digest("base64url").slice(0, 22);
  return { state: mark + derived("state"), nonce: derived("nonce"), verifier };
}

/**
 * The proofs of a login whose tokens will be bound to a key: all from one random seed, the key too. The verifier is sent to the provider, so it
 * is a hash of the seed, which gives nothing of the key away.
 */
export function boundProofsFrom(seed: string, mark: string): Proofs {
  const verifier = createHash("sha256").update(`verifier ${seed}`).digest("base64url");
  return { ...proofsFrom(verifier, mark), seed };
}

/** The PKCE challenge with S256 (RFC 7636 §4.2). A promise for so short a text would cost more than its hash. */
function challengeOf(verifier: string): string {
  return createHash("sha256").update(verifier).digest("base64url");
}

/** Where the provider sends the person back: where this login says, else where the options do. @throws {OptionsError} */
export function redirectUriOf({ redirectUri }: Pick<ClientSettings, "redirectUri">, own?: string): string {
  const uri = own ?? redirectUri;
  if (uri !== undefined) return uri;
  throw new OptionsError([
    "redirectUri: is needed for a login: where the provider sends the person back, as registered there. Name it with the login, or in the options of createClient()",
  ]);
}

/** Whether a code comes back. */
export function hasCode({ responseType }: Pick<ResponseShape, "responseType">): boolean {
  return responseType.startsWith("code");
}

/** What a login must prove, by the parameters of its request. */
export interface LoginDemands {
  /** How long ago the person may have proved who they are, in seconds. */
  readonly maxAge?: number | undefined;
  /** The `acr` values of which one must come back. */
  readonly acr?: readonly string[] | undefined;
}

/** Reads what the parameters of a login demand. */
export function demandsOf(params: URLSearchParams): LoginDemands {
  const maxAge = params.get("max_age") ?? "";
  return {
    maxAge: /^\d{1,10}$/.test(maxAge) ? Number(maxAge) : undefined,
    acr: params.get("acr_values")?.split(" "),
  };
}

/** An authorization request. */
export interface Authorization {
  readonly proofs: Proofs;
  readonly params: URLSearchParams;
  /** Default: that of the options. */
  readonly redirectUri?: string | undefined;
  /** Default: that of the options. */
  readonly scope?: string | undefined;
  /** What is to come back, and how. Default: a code, in the address. */
  readonly response?: ResponseShape;
}

/** What a login brings back with the browser, and how. */
export type ResponseShape = Pick<Settings, "responseType" | "responseMode">;

const CODE: ResponseShape = { responseType: "code", responseMode: "query" };

/**
 * The parameters of a login beyond its protection: the static ones of the options, then those of this request, which replace
 * them name by name; of two `max_age` the shorter one counts. `offline_access` asks for consent (OpenID Connect Core §11) unless a prompt was set,
 * or plain OAuth 2.0 is spoken, where it is a scope like any other.
 */
export function loginParams(
  settings: Pick<ClientSettings, "authorizationParams" | "scope" | "protocol">,
  extra: ReadonlyArray<readonly [string, string]>,
): URLSearchParams {
  const params = new URLSearchParams();
  const replaced = new Set(extra.map(([name]) => name));
  const kept = settings.authorizationParams.filter(([name]) => !replaced.has(name));
  for (const [name, value] of [...kept, ...extra]) params.append(name, value);
  const ages = [...settings.authorizationParams, ...extra].filter(([name]) => name === "max_age");
  if (ages.length > 0) params.set("max_age", String(Math.min(...ages.map(([, seconds]) => Number(seconds)))));
  const isOffline = settings.protocol === "oidc" && settings.scope.split(" ").includes("offline_access");
  if (isOffline && !params.has("prompt")) params.set("prompt", "consent");
  return params;
}

/**
 * Builds the URL of an authorization request: state always, PKCE with S256 wherever a code comes back, nonce wherever an ID token will carry it
 * back, the name of the key wherever the tokens will be bound to one. Where requests are pushed, the provider is asked.
 */
export async function authorizationUrl(
  settings: ClientSettings,
  provider: Discovered,
  request: Authorization,
): Promise<string> {
  // told before a person is sent to log in, who could not be let in afterwards
  if (settings.protocol === "oauth2" && provider.metadata.userinfo_endpoint === undefined) throw noUserinfo(settings);
  const { response = CODE, proofs } = request;
  const thumbprint = await thumbprintOfSeed(settings, provider.metadata, proofs.seed);
  const params = new URLSearchParams({
    ...responseParams(response),
    ...ownParams(settings, request),
    ...(hasCode(response) && {
      code_challenge: challengeOf(proofs.verifier),
      code_challenge_method: "S256",
      ...(thumbprint !== undefined && { dpop_jkt: thumbprint }),
    }),
  });
  for (const [name, value] of request.params) params.append(name, value);
  try {
    return await sendableUrl(settings, provider, params);
  } catch (cause) {
    throw await explainFailure(cause, "discovery", settings.issuerName);
  }
}

/** `query` is what every provider does with a code by itself. */
function responseParams({ responseType, responseMode }: ResponseShape): Record<string, string> {
  return { response_type: responseType, ...(responseMode !== "query" && { response_mode: responseMode }) };
}

/** Who asks, for what, and what the answer must carry back. */
function ownParams(settings: ClientSettings, request: Authorization): Record<string, string> {
  const { scope = settings.scope } = request;
  return {
    redirect_uri: redirectUriOf(settings, request.redirectUri),
    ...(scope !== "" && { scope }),
    state: request.proofs.state,
    ...(settings.protocol === "oidc" && { nonce: request.proofs.nonce }),
  };
}
