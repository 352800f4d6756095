/** @module The way on after a logout: to the provider's, or to a page of this site. */
import { escapeHtml, redirect, sendPage } from "../http/reply.js";
import type { Visit } from "./visit.js";

/** What the link on the page keeps of the provider's URL. Anything else might be a token. */
const HARMLESS = ["client_id", "post_logout_redirect_uri", "state"];

/**
 * Sends the browser on. After a form POST a redirect to the provider would be stopped by the page's `form-action 'self'`, which Chromium
 * applies to the redirects of a form too; a page of ours that refreshes is not. Its link carries no ID token.
 */
export function leave({ instance: { settings }, req, res }: Visit, location: string): void {
  const isHere = new URL(location, settings.origin).origin === settings.origin;
  if (isHere || req.method === "GET" || req.method === "HEAD") {
    redirect(req, res, location);
    return;
  }
  const { lang, leaving, proceed } = settings.logoutPage;
  const link = new URL(location);
  link.search = new URLSearchParams([...link.searchParams].filter(([name]) => HARMLESS.includes(name))).toString();
  sendPage(req, res, {
    lang,
    title: leaving,
    html: `<p><a class="button" href="${escapeHtml(link.href)}">${escapeHtml(proceed)}</a></p>`,
    headers: { Refresh: `0; url=${location}` },
  });
}
