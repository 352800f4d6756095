/** @module The logout's URL in the form of the documents. */
import { urlAtOnce } from "../client/at-once.js";
import type { Pair } from "../client/pairs.js";
import { isBoolean, isText, webUrl } from "../settings/checks.js";
import { Problems } from "../settings/problems.js";
import { requireObject } from "../settings/require-object.js";
import type { ClientSettings } from "../settings/settings.js";
import { easyLogoutUrl } from "./endpoints.js";
import type { BuildLogoutUrlOptions } from "./models.js";
import type { App } from "./read-authentication-client.js";

/** The compiler holds this list complete. */
const NAMES: Readonly<Record<keyof BuildLogoutUrlOptions, true>> = {
  redirectUri: true,
  idToken: true,
  expert: true,
  state: true,
};

/** @throws {OptionsError} with every problem at once. */
export function logoutUrl({ main: { settings }, appHost }: App, options: BuildLogoutUrlOptions): string {
  check(settings, options);
  const { redirectUri, idToken, expert, state } = options;
  if (idToken === undefined && expert !== true) return easyLogoutUrl(appHost, redirectUri);
  const params: Pair[] = [];
  if (idToken !== undefined) params.push(["id_token_hint", idToken]);
  if (redirectUri !== undefined) params.push(["post_logout_redirect_uri", redirectUri]);
  if (redirectUri !== undefined && state !== undefined) params.push(["state", state]);
  return urlAtOnce(settings, "end_session_endpoint", params) ?? easyLogoutUrl(appHost, redirectUri);
}

function check({ protocol, insecureHttp }: ClientSettings, options: BuildLogoutUrlOptions): void {
  const problems = new Problems();
  const of = "buildLogoutUrl()";
  requireObject(of, options);
  problems.unknownNames(`${of} `, options, Object.keys(NAMES));
  const { redirectUri, idToken, expert, state } = options;
  if (redirectUri !== undefined)
    webUrl(problems, { path: `${of} redirectUri`, value: redirectUri, insecureHttp, mayHaveQuery: true });
  for (const [name, value] of Object.entries({ idToken, state })) {
    if (value !== undefined && !isText(value)) problems.add(`${of} ${name}`, "must be a text that is not empty");
  }
  if (expert !== undefined && !isBoolean(expert)) problems.add(`${of} expert`, "must be true or false");
  if (protocol === "oauth2" && (idToken !== undefined || expert === true))
    problems.add(of, 'idToken and expert are parts of OpenID Connect; leave them out, or write protocol: "oidc"');
  problems.throwIfAny();
}
