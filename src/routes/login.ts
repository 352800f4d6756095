/** @module /login: begins a login. */
import { RequestError } from "../errors.js";
import { readForm } from "../http/form-body.js";
import { isTopLevelVisit } from "../http/who-asks.js";
import { responseInvalid } from "../provider/failures.js";
import { beginLogin } from "../session/begin-login.js";
import { homeOf, safeReturnTo } from "../session/return-address.js";
import type { Visit } from "../session/visit.js";
import { isInsistedOn } from "../settings/read-protocol.js";
import type { Settings } from "../settings/settings.js";

/** The authorization parameters that a link may set, and what they may be. Others could change what the login means. */
const FROM_OUTSIDE: Readonly<Record<string, RegExp>> = {
  login_hint: /^\P{C}{1,320}$/u,
  prompt: /^(none|(login|consent|select_account|create)( (login|consent|select_account|create))*)$/,
  max_age: /^\d{1,9}$/,
  acr_values: /^(?=.{1,256}$)[\x21-\x7e]+( [\x21-\x7e]+)*$/,
  ui_locales: /^(?=.{1,100}$)[\w-]+( [\w-]+)*$/,
  display: /^(page|popup|touch|wap)$/,
};

/**
 * Sends the person to the provider. Also takes a login that somebody else has initiated (OpenID Connect Core §4): `iss` must be our
 * provider then, and `target_link_uri` counts only within this site.
 */
export async function answerLogin(visit: Visit, query: URLSearchParams): Promise<void> {
  const { req, instance } = visit;
  if (!isTopLevelVisit(req)) {
    throw new RequestError(
      "OIDC_VISIT_REQUIRED",
      "A login begins only when a person opens this address: not in a frame, by a script or ahead of time. Send the browser here with a link or a redirect.",
    );
  }
  const params = req.method === "POST" ? await readForm(req) : query;
  const iss = params.get("iss");
  if (iss !== null && iss !== (await instance.provider.issuer()))
    throw responseInvalid("it was initiated for another provider.");
  const returnTo = params.get("returnTo") ?? params.get("target_link_uri");
  await beginLogin(visit, {
    returnTo: safeReturnTo(instance.settings, returnTo) ?? homeOf(instance.settings),
    params: linkParams(params, instance.settings).filter(([name]) => !isFixed(name, instance.settings)),
  });
}

/** What the app has fixed for every login is not for a link to weaken; a `max_age` may be made shorter. */
function isFixed(name: string, { authorizationParams }: Settings): boolean {
  return (name === "prompt" || name === "acr_values") && authorizationParams.some(([fixed]) => fixed === name);
}

/** Refused here rather than by the provider, whose refusal would look like a fault of this app. */
function linkParams(params: URLSearchParams, { protocol }: Settings): [string, string][] {
  return Object.entries(FROM_OUTSIDE).flatMap(([name, form]) => {
    const [value, ...more] = params.getAll(name);
    if (value === undefined) return [];
    if (protocol === "oauth2" && isInsistedOn(name)) {
      throw new RequestError(
        "OIDC_REQUEST_INVALID",
        `The parameter ${name} of this login link can't be insisted on: this app's provider speaks plain OAuth 2.0, where nothing tells when and how a person logged in. Leave it out.`,
      );
    }
    if (more.length > 0 || !form.test(value)) {
      throw new RequestError(
        "OIDC_REQUEST_INVALID",
        `The parameter ${name} of this login link is not valid. Leave it out, or write it as OpenID Connect Core 3.1.2.1 has it.`,
      );
    }
    return [[name, value]];
  });
}
