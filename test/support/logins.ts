/**
 * Logins that no provider has seen.
 * @module
 */
import type { Tokens } from "../../src/provider/tokens.js";
import { createLogin, type Login } from "../../src/session/record.js";

/** Tokens as a provider might have issued them just now; good for five minutes. */
export function tokensWith(over: Partial<Tokens> = {}): Tokens {
  const now = Math.floor(Date.now() / 1000);
  return {
    accessToken: "the-access-token",
    idToken: "the.id.token",
    refreshToken: "the-refresh-token",
    scope: "openid profile",
    obtainedAt: now,
    expiresAt: now + 300,
    claims: { iss: "https://id.example", sub: "ada", sid: "session-at-the-provider", name: "Ada" },
    ...over,
  };
}

/** A login of a week. */
export function loginWith(over: Partial<Omit<Login, "user">> = {}): Login {
  const startedAt = Math.floor(Date.now() / 1000);
  return createLogin({
    handle: "the-handle",
    startedAt,
    issuedAt: startedAt,
    redeemedAtMs: startedAt * 1000,
    endsAt: startedAt + 604_800,
    tokens: tokensWith(),
    userinfo: undefined,
    data: undefined,
    attempt: { id: "attempt", returnTo: "/orders" },
    ...over,
  });
}
