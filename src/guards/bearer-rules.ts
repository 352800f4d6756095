/** @module What a route demands of an access token, and whether one meets it. */
import { isQuotable } from "../http/challenge.js";
import type { AccessTokenClaims } from "../provider/access-token.js";
import type { Access } from "../provider/access-tokens.js";
import { isObject } from "../settings/checks.js";
import type { Problems } from "../settings/problems.js";
import type { BearerRouteOptions, RolesRule } from "./bearer-options.js";
import { type ClaimRules, meets } from "./claim-rules.js";
import { checkClaims, checkMaxAge, words } from "./demands.js";
import type { Refusal } from "./refusal.js";

/** What a route demands, checked. */
export interface BearerRules {
  readonly scopes: readonly string[];
  readonly anyScopes: readonly string[];
  readonly scopeMatches: (granted: string, needed: string) => boolean;
  readonly claims: ClaimRules<AccessTokenClaims> | undefined;
  readonly roles:
    | { readonly path: readonly string[]; readonly all: readonly string[]; readonly any: readonly string[] }
    | undefined;
  readonly maxAge: number | undefined;
  readonly acr: readonly string[] | undefined;
}

interface Clock {
  /** Epoch seconds. */
  readonly now: number;
  /** In seconds. */
  readonly tolerance: number;
}

/** Checks what a route demands. */
export function readBearerRules(problems: Problems, options: BearerRouteOptions): BearerRules {
  const name = (option: string) => `requireBearer ${option}`;
  const scopes = words(problems, name("scope"), options.scope) ?? [];
  const anyScopes = words(problems, name("anyScope"), options.anyScope) ?? [];
  const acr = words(problems, name("acr"), options.acr);
  checkWords(problems, [...scopes, ...anyScopes, ...(acr ?? [])]);
  if (options.scopeMatches !== undefined && typeof options.scopeMatches !== "function")
    problems.add(name("scopeMatches"), "must be a function (granted, needed), such as wildcardScope");
  checkClaims(problems, name("claims"), options.claims);
  checkMaxAge(problems, name("maxAge"), options.maxAge);
  return {
    scopes,
    anyScopes,
    scopeMatches: options.scopeMatches ?? ((granted, needed) => granted === needed),
    claims: options.claims,
    roles: options.roles === undefined ? undefined : readRoles(problems, options.roles),
    maxAge: options.maxAge,
    acr,
  };
}

/** What a challenge names, with spaces between. */
function checkWords(problems: Problems, list: readonly string[]): void {
  for (const word of list.filter((one) => !isQuotable(one) || one.includes(" "))) {
    problems.add(
      "requireBearer",
      `${JSON.stringify(word)} can't stand in a challenge: no spaces, quotes, backslashes and letters beyond ASCII`,
    );
  }
}

function readRoles(problems: Problems, rule: RolesRule): NonNullable<BearerRules["roles"]> {
  if (!isObject(rule)) {
    problems.add("requireBearer roles", "must be an object with at, and all or any");
    return { path: [], all: [], any: [] };
  }
  problems.unknownNames("requireBearer roles.", rule, ["at", "all", "any"]);
  const path = typeof rule.at === "string" ? [rule.at] : rule.at;
  if (!Array.isArray(path) || path.length === 0 || !path.every((name) => typeof name === "string" && name !== ""))
    problems.add("requireBearer roles.at", 'must be the name of a claim, or the way to it: ["realm_access", "roles"]');
  const all = words(problems, "requireBearer roles.all", rule.all) ?? [];
  const any = words(problems, "requireBearer roles.any", rule.any) ?? [];
  if (all.length + any.length === 0) problems.add("requireBearer roles", "must say which: `all` of these, or `any`");
  return { path, all, any };
}

/** Why a good token may not pass here; undefined where it may. */
export function bearerRefusal(rules: BearerRules, access: Access, clock: Clock): Refusal | undefined {
  return (
    (lacksScope(rules, access) ? scopeMissing(rules) : undefined) ??
    (isForbidden(rules, access) ? CLAIMS_REJECTED : undefined) ??
    (needsStepUp(rules, access, clock) ? stepUp(rules) : undefined)
  );
}

function lacksScope({ scopes, anyScopes, scopeMatches }: BearerRules, { scopes: granted }: Access): boolean {
  const isGranted = (needed: string) => granted.some((one) => scopeMatches(one, needed) === true);
  return !scopes.every(isGranted) || (anyScopes.length > 0 && !anyScopes.some(isGranted));
}

function isForbidden({ claims, roles }: BearerRules, access: Access): boolean {
  if (claims !== undefined && !meets(access.claims, claims)) return true;
  if (roles === undefined) return false;
  const shown = rolesAt(access.claims, roles.path);
  return (
    !roles.all.every((role) => shown.includes(role)) ||
    (roles.any.length > 0 && !roles.any.some((role) => shown.includes(role)))
  );
}

function rolesAt(claims: unknown, path: readonly string[]): readonly unknown[] {
  let at: unknown = claims;
  for (const name of path) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return [];
    at = Reflect.get(at, name);
  }
  if (typeof at === "string") return at.split(" ");
  return Array.isArray(at) ? at : [];
}

function needsStepUp({ maxAge, acr }: BearerRules, { claims }: Access, { now, tolerance }: Clock): boolean {
  const { auth_time: authTime, acr: shown } = claims;
  const isOld = maxAge !== undefined && !(typeof authTime === "number" && now - authTime <= maxAge + tolerance);
  return isOld || (acr !== undefined && !(typeof shown === "string" && acr.includes(shown)));
}

function scopeMissing({ scopes, anyScopes }: BearerRules): Refusal {
  const [all, any] = [scopes.join(" "), anyScopes.join(" or ")];
  const needed = [all, any].filter((part) => part !== "").join(" and ");
  return {
    code: "OIDC_BEARER_SCOPE_MISSING",
    message: `This access token was not granted the scope that is needed here: ${needed}.`,
    error: "insufficient_scope",
    params: { scope: [...scopes, ...anyScopes].join(" ") },
  };
}

/** Without a challenge: no other token of the same caller helps, and insufficient_scope would make its client ask for one. */
const CLAIMS_REJECTED: Refusal = {
  code: "OIDC_BEARER_CLAIMS_REJECTED",
  message: "This access token does not allow this: its claims do not meet the rules of this route.",
};

/** RFC 9470 §3. */
function stepUp({ maxAge, acr }: BearerRules): Refusal {
  const asked = [acr && `by one of ${acr.join(", ")}`, maxAge !== undefined && `at most ${maxAge} seconds ago`];
  return {
    code: "OIDC_BEARER_STEP_UP_REQUIRED",
    message: `The person must have authenticated ${asked.filter(Boolean).join(", ")}. Get a new access token with that.`,
    error: "insufficient_user_authentication",
    params: { acr_values: acr?.join(" "), max_age: maxAge?.toString() },
  };
}
