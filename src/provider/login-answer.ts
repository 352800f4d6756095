/** @module Login answers of every type and mode: what came with the browser is verified, then what it is good for is fetched. */
import type { Claims } from "../options.js";
import { isSigned } from "../settings/read-response.js";
import type { ClientSettings } from "../settings/settings.js";
import type { Proofs, ResponseShape } from "./authorize.js";
import { exchangeCode } from "./exchange.js";
import { responseInvalid } from "./failures.js";
import type { Found } from "./found.js";
import { verifyFrontIdToken } from "./front-id-token.js";
import { requireGranted, requireIssuer } from "./login-response.js";
import { verifySignedAnswer } from "./signed-answer.js";
import { type Granted, termsOf } from "./tokens.js";

/** What was asked for. */
export interface AskedLogin {
  readonly proofs: Proofs;
  readonly response: ResponseShape;
  /** The `max_age` that was asked for, in seconds. */
  readonly maxAge: number | undefined;
}

/** What came with the browser. */
export interface Answer {
  /** Not redeemed yet. */
  readonly code: string | undefined;
  /** Verified, and its claims. */
  readonly idToken: { readonly text: string; readonly claims: Claims } | undefined;
  /** Tied to the ID token where there is one; of no use otherwise. */
  readonly accessToken: string | undefined;
  /** What was said of the access token, as it was said: the browser's word, unless the answer is signed. */
  readonly terms: Pick<URLSearchParams, "get">;
}

/**
 * Reads an answer. Members that were not asked for are not looked at.
 *
 * @throws {LoginError} `OIDC_LOGIN_RESPONSE_INVALID` when it breaks a rule, `OIDC_LOGIN_DENIED` when the provider says no.
 * @throws {ProviderError} when the provider reports its own trouble, refuses this client, or its keys can't be had.
 */
export async function readAnswer(
  settings: ClientSettings,
  provider: Found,
  { params: sent, asked }: { readonly params: URLSearchParams; readonly asked: AskedLogin },
): Promise<Answer> {
  const { response, proofs, maxAge } = asked;
  const params = isSigned(response.responseMode) ? await verifySignedAnswer(settings, provider, sent) : sent;
  const words = response.responseType.split(" ");
  requireIssuer(params, provider.metadata, showsIssuer(params, words));
  requireGranted(params, provider.metadata);
  const member = (word: string, name: string) => (words.includes(word) ? needed(params, name) : undefined);
  const [code, text, accessToken] = [
    member("code", "code"),
    member("id_token", "id_token"),
    member("token", "access_token"),
  ];
  if (accessToken !== undefined && params.get("token_type")?.toLowerCase() !== "bearer") {
    throw responseInvalid("its access token is of another type than Bearer.");
  }
  const front = { code, accessToken, nonce: proofs.nonce, ...(code === undefined && { maxAge }) };
  const claims =
    text === undefined ? undefined : await verifyFrontIdToken(settings, provider, { idToken: text, ...front });
  const idToken = text === undefined || claims === undefined ? undefined : { text, claims };
  return { code, accessToken, terms: params, idToken };
}

/**
 * Turns an answer into tokens. With a code those of the token endpoint count.
 *
 * @throws {LoginError} `OIDC_LOGIN_RESPONSE_INVALID` when nothing tells who has logged in; for the code as `exchangeCode()`.
 */
export async function redeemAnswer(
  settings: ClientSettings,
  provider: Found,
  { answer, asked }: { readonly answer: Answer; readonly asked: AskedLogin },
): Promise<Granted> {
  const { code, idToken, accessToken, terms } = answer;
  const { proofs, maxAge } = asked;
  if (code !== undefined) {
    return exchangeCode(settings, provider, { code, proofs, maxAge, told: idToken?.claims });
  }
  if (idToken === undefined) throw responseInvalid("nothing in it tells who has logged in.");
  const lifetime = /^\d{1,10}$/.exec(terms.get("expires_in") ?? "")?.[0];
  // guards go by the scope, and in a form that nobody has signed whoever owns the browser can write any, or leave it out
  const scope = isSigned(asked.response.responseMode) ? terms.get("scope") : "";
  const said = {
    ...(scope !== null && { scope }),
    ...(lifetime !== undefined && { expires_in: Number(lifetime) }),
  };
  const { text, claims } = idToken;
  const parts = { accessToken, idToken: text, refreshToken: undefined, claims };
  return { tokens: { ...parts, ...termsOf(said, settings.now(), settings.scope) }, userinfo: undefined };
}

/** An ID token names the issuer, and will be verified; beside an error it would not be. */
function showsIssuer(params: URLSearchParams, words: readonly string[]): boolean {
  return words.includes("id_token") && params.has("id_token") && !params.has("error");
}

function needed(params: URLSearchParams, name: string): string {
  const value = params.get(name) ?? "";
  if (value === "") throw responseInvalid(`it has neither the ${name} that was asked for nor an error.`);
  return value;
}
