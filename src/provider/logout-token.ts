/** @module Logout tokens: what a provider sends when a person has logged out there (OpenID Connect Back-Channel Logout). */
import { decodeProtectedHeader } from "jose/decode/protected_header";
import { RequestError } from "../errors.js";
import { isObject } from "../settings/checks.js";
import type { ProviderSettings } from "../settings/settings.js";
import type { Discovered } from "./discovery.js";
import type { Keys } from "./keys.js";
import { acceptedAlgs, verifySignature } from "./signature.js";
import { verifyStrangersToken } from "./strangers-token.js";

/** A token without `exp`, as older providers send it, is good for this long. Seconds. */
const GOOD_FOR = 600;

/** A token issued longer ago than this is refused, whatever its `exp` says. Seconds. */
const OLDEST = 86_400;

const EVENT = "http://schemas.openid.net/event/backchannel-logout";

const TYPES: ReadonlySet<string> = new Set(["jwt", "logout+jwt", "application/logout+jwt"]);

/** What a verified logout token says. One of `sub` and `sid` is there. */
export interface ProviderLogout {
  readonly issuer: string;
  readonly sub: string | undefined;
  readonly sid: string | undefined;
  /** When the provider has issued it, in epoch seconds: logins that it issued later are not meant. */
  readonly issuedAt: number;
  /** When it is no longer accepted, in epoch seconds. */
  readonly endsAt: number;
  /** Tells it apart from every other logout token. */
  readonly id: string;
}

/**
 * Verifies a logout token by every rule of OpenID Connect Back-Channel Logout §2.6.
 *
 * @throws {RequestError} `OIDC_REQUEST_INVALID` when it breaks a rule.
 * @throws {ProviderError} when the provider's keys can't be had, or not yet, which says nothing against the token.
 */
export async function verifyLogoutToken(
  settings: ProviderSettings,
  provider: Discovered & { readonly keys: Keys },
  token: string,
): Promise<ProviderLogout> {
  const payload = await verified(settings, provider, token);
  const rule = brokenRule(payload, settings, provider.metadata.issuer);
  if (rule !== undefined) throw refused(rule);
  const { sub, sid, iat, exp, jti } = payload as {
    sub?: string;
    sid?: string;
    iat: number;
    exp?: number;
    jti?: string;
  };
  return {
    issuer: provider.metadata.issuer,
    sub,
    sid,
    issuedAt: iat,
    endsAt: Math.min(exp ?? iat + GOOD_FOR, iat + OLDEST) + settings.clockTolerance,
    id: jti ?? withoutSignature(token),
  };
}

async function verified(
  settings: ProviderSettings,
  provider: Discovered & { readonly keys: Keys },
  token: string,
): Promise<Readonly<Record<string, unknown>>> {
  const { alg = "", typ = "JWT" } = headerOf(token);
  if (!acceptedAlgs(settings, provider).includes(alg)) throw refused("its algorithm is not one of this client's");
  if (typeof typ !== "string" || !TYPES.has(typ.toLowerCase())) throw refused("its typ is not logout+jwt");
  const verify = () => verifySignature(settings, provider, { token, from: "anybody" });
  return verifyStrangersToken({ verify, refused, rules: "aud or exp" });
}

function headerOf(token: string): { alg?: string; typ?: unknown } {
  try {
    return decodeProtectedHeader(token);
  } catch (cause) {
    throw refused("it is no signed JWT", cause);
  }
}

/** What is signed. The signature itself can be written in several ways, all of them good. */
function withoutSignature(token: string): string {
  return token.slice(0, token.lastIndexOf("."));
}

/** The first of the rules that a token breaks. */
function brokenRule(
  payload: Readonly<Record<string, unknown>>,
  settings: ProviderSettings,
  issuer: string,
): string | undefined {
  if (payload["iss"] !== issuer) return "iss is another issuer";
  return brokenTime(payload, settings) ?? brokenMeaning(payload);
}

function brokenTime({ iat, exp }: Readonly<Record<string, unknown>>, settings: ProviderSettings): string | undefined {
  const now = settings.now();
  if (typeof iat !== "number" || iat > now + settings.clockTolerance) return "iat is missing or lies in the future";
  if (iat < now - OLDEST) return "iat lies more than a day back";
  const isStale = exp === undefined && iat < now - GOOD_FOR - settings.clockTolerance;
  return isStale ? "it has no exp and is too old" : undefined;
}

function brokenMeaning({ sub, sid, jti, events, nonce }: Readonly<Record<string, unknown>>): string | undefined {
  if (![sub, sid, jti].every(isNameOrNone)) return "sub, sid and jti must be texts";
  if (sub === undefined && sid === undefined) return "neither sub nor sid says whom it means";
  if (!isObject(events) || !isObject(events[EVENT])) return "events does not hold the logout event";
  return nonce === undefined ? undefined : "it has a nonce, as only ID tokens have";
}

function isNameOrNone(value: unknown): boolean {
  return value === undefined || (typeof value === "string" && value !== "");
}

function refused(rule: string, cause?: unknown): RequestError {
  return new RequestError(
    "OIDC_REQUEST_INVALID",
    `This logout token is not accepted: ${rule}. Only this app's provider may log people out here.`,
    { cause },
  );
}
