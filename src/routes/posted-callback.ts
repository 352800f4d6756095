/** @module The way back from the provider where its page posts the answer: taken here, and used where the session is. */
import { LoginError } from "../errors.js";
import { readForm } from "../http/form-body.js";
import { redirect } from "../http/reply.js";
import { requireWellFormed } from "../provider/login-response.js";
import { sentParams } from "../provider/signed-answer.js";
import { isState } from "../session/attempts.js";
import type { Visit } from "../session/visit.js";
import { trace } from "../trace.js";

/**
 * Takes an answer (OAuth 2.0 Form Post Response Mode). With what another site's page posts only the cookie of the attempt comes, so that nothing
 * is done here but to keep the answer, if this browser has begun that login, and to send the browser to the callback by GET: that
 * brings the session along. An answer to an unknown login is not kept, and the callback finds out what became of it.
 *
 * @throws {LoginError} `OIDC_LOGIN_RESPONSE_INVALID` when no provider can have sent it.
 * @throws {RequestError} `OIDC_REQUEST_INVALID` when it is no form, or too large.
 * @throws {StateError} when the shared state is away.
 */
export async function takePosted({ instance, req, res }: Visit): Promise<void> {
  const { settings, attempts, answers } = instance;
  const form = await readForm(req);
  requireWellFormed(form);
  const params = sentParams(form, settings);
  requireWellFormed(params);
  const state = params.get("state") ?? "";
  if (!isState(state)) {
    throw new LoginError(
      "OIDC_LOGIN_UNKNOWN_STATE",
      "This answer names no login of this app (parameter state). Start the login again.",
    );
  }
  if (attempts.find(req, state) === undefined)
    trace("callback: a posted answer to a login that this browser has not begun");
  else await answers.keep(state, form);
  redirect(req, res, `${settings.baseUrl}${settings.routes.callback}?${new URLSearchParams({ state }).toString()}`);
}
