/** @module The login's URL in the form of the documents: a text, there at once. */
import { urlAtOnce } from "../client/at-once.js";
import type { Pair } from "../client/pairs.js";
import { loginParams, randomText } from "../provider/authorize.js";
import { isBoolean, isObject, isText, webUrl } from "../settings/checks.js";
import { Problems } from "../settings/problems.js";
import { readLoginParams } from "../settings/read-client.js";
import { readScope } from "../settings/read-protocol.js";
import { requireObject } from "../settings/require-object.js";
import type { ClientSettings } from "../settings/settings.js";
import type { BuildAuthorizeUrlOptions, ResponseType } from "./models.js";
import type { App } from "./read-authentication-client.js";

/** What can come back, by what the protocol is called here. */
const RESPONSE_TYPES: Readonly<Record<ClientSettings["protocol"], readonly ResponseType[]>> = {
  oidc: ["code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"],
  oauth2: ["code", "token"],
};

const RESPONSE_MODES: readonly string[] = ["query", "fragment", "form_post"];

/** The compiler holds this list complete. */
const NAMES: Readonly<Record<keyof BuildAuthorizeUrlOptions, true>> = {
  scope: true,
  state: true,
  nonce: true,
  responseType: true,
  responseMode: true,
  redirectUri: true,
  codeChallenge: true,
  codeChallengeMethod: true,
  tenantId: true,
  forced: true,
  authorizationParams: true,
};

/** Options that stand for one parameter. */
const OWN_PARAMS = [
  ["forced", "prompt"],
  ["tenantId", "tenant_id"],
] as const;

/** @throws {OptionsError} with every problem at once. */
export function authorizeUrl({ main: { settings }, redirectUri }: App, options: BuildAuthorizeUrlOptions): string {
  const scope = checked(settings, options);
  const { responseType = "code", responseMode, codeChallenge } = options;
  const isOidc = settings.protocol === "oidc";
  const params: Pair[] = [
    ["response_type", responseType],
    ["redirect_uri", options.redirectUri ?? redirectUri],
    ["scope", scope],
    ["state", options.state ?? randomText()],
  ];
  if (isOidc) params.push(["nonce", options.nonce ?? randomText()]);
  if (responseMode !== undefined) params.push(["response_mode", responseMode]);
  if (codeChallenge !== undefined) params.push(["code_challenge", codeChallenge], ["code_challenge_method", "S256"]);
  const more = loginParams({ ...settings, scope }, readLoginParams(settings, extraOf(options)));
  return urlAtOnce(settings, "authorization_endpoint", [...params, ...more]) ?? "";
}

/** Looks the options through, and answers the scope. */
function checked(settings: ClientSettings, options: BuildAuthorizeUrlOptions): string {
  const problems = new Problems();
  const of = "buildAuthorizeUrl()";
  requireObject(of, options);
  problems.unknownNames(`${of} `, options, Object.keys(NAMES));
  for (const name of ["state", "nonce", "tenantId"] as const) {
    if (options[name] !== undefined && !isText(options[name]))
      problems.add(`${of} ${name}`, "must be a text that is not empty");
  }
  checkParams(problems, options);
  checkResponse(problems, settings, options);
  checkChallenge(problems, options);
  if (options.redirectUri !== undefined) {
    const { insecureHttp } = settings;
    webUrl(problems, { path: `${of} redirectUri`, value: options.redirectUri, insecureHttp, mayHaveQuery: true });
  }
  const scope = options.scope === undefined ? settings.scope : readScope(problems, settings, options.scope);
  problems.throwIfAny();
  return scope;
}

function checkParams(problems: Problems, { authorizationParams: params, ...options }: BuildAuthorizeUrlOptions): void {
  const of = "buildAuthorizeUrl()";
  // whoever asks for it means it: people must not pass by a login that they have already
  if (options.forced !== undefined && !isBoolean(options.forced)) problems.add(`${of} forced`, "must be true or false");
  if (params !== undefined && !isObject(params))
    problems.add(`${of} authorizationParams`, "must be an object of names and values");
  for (const [option, name] of OWN_PARAMS) {
    if (options[option] !== undefined && options[option] !== false && isObject(params) && params[name] !== undefined)
      problems.add(`${of} authorizationParams.${name}`, `is what ${option} stands for; leave one of the two out`);
  }
}

function checkResponse(
  problems: Problems,
  { protocol }: ClientSettings,
  { responseType = "code", responseMode, nonce }: BuildAuthorizeUrlOptions,
): void {
  const possible = RESPONSE_TYPES[protocol];
  if (!possible.includes(responseType))
    problems.add("buildAuthorizeUrl() responseType", `must be one of ${possible.join(", ")}`);
  if (responseMode !== undefined && !RESPONSE_MODES.includes(responseMode))
    problems.add("buildAuthorizeUrl() responseMode", `must be one of ${RESPONSE_MODES.join(", ")}`);
  else if (responseMode === "query" && responseType !== "code")
    problems.add(
      "buildAuthorizeUrl() responseMode",
      "query is for a code alone: tokens would get into logs; leave it out",
    );
  if (nonce !== undefined && protocol === "oauth2")
    problems.add("buildAuthorizeUrl() nonce", "comes back in an ID token, which OAuth 2.0 has not; leave it out");
}

function checkChallenge(problems: Problems, { codeChallenge, codeChallengeMethod }: BuildAuthorizeUrlOptions): void {
  if (codeChallenge !== undefined && !/^[\w-]{43}$/.test(codeChallenge))
    problems.add(
      "buildAuthorizeUrl() codeChallenge",
      "must be the digest of a verifier, 43 letters and digits of base64url: what getCodeChallengeDigest() gives",
    );
  if (codeChallengeMethod !== undefined && codeChallengeMethod !== "S256")
    problems.add("buildAuthorizeUrl() codeChallengeMethod", "must be S256: with plain the URL shows the verifier");
}

function extraOf({
  tenantId,
  forced,
  authorizationParams,
}: BuildAuthorizeUrlOptions): Readonly<Record<string, unknown>> {
  return {
    ...(forced === true && { prompt: "login" }),
    ...(tenantId !== undefined && { tenant_id: tenantId }),
    ...authorizationParams,
  };
}
