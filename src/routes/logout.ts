/** @module /logout: ends the login here, then at the provider. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { RequestError } from "../errors.js";
import { readForm } from "../http/form-body.js";
import { escapeHtml, sendPage } from "../http/reply.js";
import { isFromThisSite, isTopLevelVisit } from "../http/who-asks.js";
import { endLogin } from "../session/end-login.js";
import { leave } from "../session/leave.js";
import { homeOf, safeReturnTo } from "../session/return-address.js";
import { deriveSecrets } from "../session/sealing.js";
import type { Visit } from "../session/visit.js";
import type { Settings } from "../settings/settings.js";
import { trace } from "../trace.js";

/**
 * Logs out at once when this site's own page or the user asks; when another site may be behind it, a page asks first, so that nobody can
 * be logged out against their will.
 */
export async function answerLogout(visit: Visit, query: URLSearchParams): Promise<void> {
  const { instance, req } = visit;
  const { settings } = instance;
  requireVisit(req);
  const form = await readAnswer(req);
  const returnTo = safeReturnTo(settings, form.get("returnTo") ?? query.get("returnTo")) ?? homeOf(settings);
  const handle = instance.carrier.read(req)?.handle;
  if (handle !== undefined && !isFromThisSite(req, settings.origin) && !isConfirmed(settings, handle, form)) {
    trace("logout: another site may be behind it, so the person is asked");
    return ask(visit, handle, returnTo);
  }
  leave(visit, await endLogin(visit, returnTo));
}

/** The login can't be ended while the store is away, but this browser can forget it. */
export function forgetSession({ instance, req, res }: Visit): void {
  if (isTopLevelVisit(req) && isFromThisSite(req, instance.settings.origin)) instance.carrier.forget(res);
}

function requireVisit(req: IncomingMessage): void {
  if (req.method !== "GET" || isTopLevelVisit(req)) return;
  throw new RequestError(
    "OIDC_VISIT_REQUIRED",
    "A logout happens only when a person opens this address: not in a frame, by a script or ahead of time. Send the browser here with a link, or POST.",
  );
}

/** The fields of a POST, which may well be empty and then have no type. */
async function readAnswer(req: IncomingMessage): Promise<URLSearchParams> {
  const isEmpty = req.headers["content-type"] === undefined && (req.headers["content-length"] ?? "0") === "0";
  return req.method === "GET" || isEmpty ? new URLSearchParams() : readForm(req);
}

/** Proves that a form was made by us for this login: headers may be missing where the site's referrer policy forbids them. */
function confirmation(settings: Settings, handle: string): Buffer {
  const [secret = ""] = deriveSecrets(settings.secrets, "logout question");
  return createHmac("sha256", secret).update(handle).digest();
}

function isConfirmed(settings: Settings, handle: string, form: URLSearchParams): boolean {
  const expected = confirmation(settings, handle);
  const bytes = Buffer.from(form.get("confirm") ?? "", "base64url");
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}

function ask({ instance: { settings }, req, res }: Visit, handle: string, returnTo: string): void {
  const { lang, title, confirm, cancel } = settings.logoutPage;
  const fields = { returnTo, confirm: confirmation(settings, handle).toString("base64url") };
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`,
  );
  sendPage(req, res, {
    lang,
    title,
    html:
      `<form method="post" action="${escapeHtml(settings.basePath + (settings.routes.logout ?? ""))}">${inputs.join("")}` +
      `<button>${escapeHtml(confirm)}</button> <a href="${escapeHtml(homeOf(settings))}">${escapeHtml(cancel)}</a></form>`,
  });
}
