/** @module /backchannel-logout: the provider says that a person has logged out there (OpenID Connect Back-Channel Logout). */
import { createHash } from "node:crypto";
import { OidcError, RequestError } from "../errors.js";
import { readForm } from "../http/form-body.js";
import { sendEmpty, sendJson } from "../http/reply.js";
import type { ProviderLogout } from "../provider/logout-token.js";
import { endByProvider } from "../session/end-others.js";
import { report } from "../session/report.js";
import type { Visit } from "../session/visit.js";

/**
 * Ends the logins that a logout token names. Needs no cookie, and answers the provider, not a person: 200 also when nobody was signed in,
 * 400 with the reason when the token is not good, and what the error says when it could not be judged or carried out, so that the provider
 * tries again (§2.8).
 */
export async function answerBackchannelLogout(visit: Visit): Promise<void> {
  const { req, res } = visit;
  try {
    await end(visit, await readToken(visit));
    sendEmpty(req, res, 200);
  } catch (cause) {
    const error = cause instanceof RequestError ? asRefusal(cause) : cause;
    report(visit, error);
    const isOurs = error instanceof OidcError;
    const isRefused = error instanceof RequestError;
    sendJson(req, res, {
      status: isOurs ? error.status : 500,
      body: {
        error: isRefused ? "invalid_request" : "temporarily_unavailable",
        error_description: isOurs ? error.message : "The logout could not be carried out.",
      },
    });
  }
}

/** Whatever is wrong with the request: the specification knows 400 only. */
function asRefusal(error: RequestError): RequestError {
  return error.status === 400 ? error : new RequestError(error.code, error.message, { cause: error });
}

async function readToken({ instance, req }: Visit): Promise<ProviderLogout> {
  const [token, ...more] = (await readForm(req)).getAll("logout_token");
  if (token === undefined || more.length > 0) {
    throw new RequestError(
      "OIDC_REQUEST_INVALID",
      "A logout is posted with one logout_token, which only the provider has.",
    );
  }
  return instance.provider.readLogoutToken(token);
}

/** A token counts once; one that could not be carried out may come again. */
async function end({ instance, req }: Visit, logout: ProviderLogout): Promise<void> {
  const { once, carrier, settings } = instance;
  // the provider's own request says nothing of how long a person's cookie lives
  const backing = { ...carrier.backing(req), idle: settings.idleTimeout };
  const name = `ended-by-${settings.id}-${createHash("sha256").update(logout.id).digest("base64url")}`;
  const seconds = Math.max(1, logout.endsAt - settings.now());
  const occasion = { backing, name, seconds, what: "carrying out this logout token" };
  if (await once.carryOut(occasion, () => endByProvider(instance, backing, { logout, req }))) return;
  throw new RequestError("OIDC_REQUEST_INVALID", "This logout token has been used before. Each counts once.");
}
