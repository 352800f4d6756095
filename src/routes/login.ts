/** @module /login: begins a login. */
import { LoginError } from "../errors.js";
import { readForm } from "../http/form-body.js";
import { isTopLevelVisit } from "../http/who-asks.js";
import { responseInvalid } from "../provider/failures.js";
import { beginLogin } from "../session/begin-login.js";
import { homeOf, safeReturnTo } from "../session/return-address.js";
import type { Visit } from "../session/visit.js";

/** The authorization parameters that a link may set. Others could change what the login means. */
const FROM_OUTSIDE = ["login_hint", "prompt", "max_age", "acr_values", "ui_locales", "display"];

/**
 * Sends the person to the provider. Also takes a login that somebody else has initiated (OpenID Connect Core §4): `iss` must be our
 * provider then, and `target_link_uri` counts only within this site.
 */
export async function answerLogin(visit: Visit, query: URLSearchParams): Promise<void> {
  const { req, logins } = visit;
  if (!isTopLevelVisit(req)) {
    throw new LoginError(
      "OIDC_LOGIN_NOT_STARTED",
      "A login begins only when a person opens this address: not in a frame, by a script or ahead of time. Send the browser here with a link or a redirect.",
    );
  }
  const params = req.method === "POST" ? await readForm(req) : query;
  const iss = params.get("iss");
  if (iss !== null && !(await logins.provider.isIssuer(iss)))
    throw responseInvalid("it was initiated for another provider.");
  const returnTo = params.get("returnTo") ?? params.get("target_link_uri");
  await beginLogin(visit, {
    returnTo: safeReturnTo(logins.settings, returnTo) ?? homeOf(logins.settings),
    params: FROM_OUTSIDE.flatMap((name) =>
      params
        .getAll(name)
        .slice(0, 1)
        .map((value): [string, string] => [name, value]),
    ),
  });
}
