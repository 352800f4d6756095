/**
 * Counts how often a person's access token has been renewed, in the app's own part of their session.
 * @module
 */
import type { Request } from "express";
import type { SessionData } from "express-session";

declare module "express-session" {
  interface SessionData {
    /** The access token that was seen last, known by its end, and the login that it belongs to. */
    seen?: { readonly authTime: number | undefined; readonly expiresAt: number | undefined; readonly renewals: number };
  }
}

/** How often the token has been another one than before, since the login. */
export function countRenewals(req: Request): number {
  const { expiresAt, user } = req.oidc;
  const authTime = user?.auth_time;
  const { seen }: Partial<SessionData> = req.session;
  const isSameLogin = seen !== undefined && seen.authTime === authTime;
  if (isSameLogin && seen.expiresAt === expiresAt) return seen.renewals;
  const renewals = isSameLogin ? seen.renewals + 1 : 0;
  req.session.seen = { authTime, expiresAt, renewals };
  return renewals;
}
