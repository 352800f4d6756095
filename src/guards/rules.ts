/** @module What a route demands of a person, and whether a login meets it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { AccessError, OptionsError } from "../errors.js";
import type { Login } from "../session/record.js";
import { isObject } from "../settings/checks.js";
import { Problems } from "../settings/problems.js";
import { UNJUDGED } from "../settings/read-protocol.js";
import type { Settings } from "../settings/settings.js";
import { type BearerMiddleware, judgementOf } from "./bearer-middleware.js";
import { type ClaimRules, meets } from "./claim-rules.js";
import { checkClaims, checkMaxAge, words } from "./demands.js";

/** What a route demands beyond somebody being signed in. */
export interface RequireAuthOptions {
  /** What the person's claims must be: by name (equal, one of a list, or a function), or one function for all. Otherwise 403. */
  readonly claims?: ClaimRules;
  /** Scopes that must have been granted, space-separated or as a list. Otherwise 403. Of a login without a code none counts, unless its answer was signed. */
  readonly scope?: string | readonly string[];
  /** How long ago the person may have proved who they are (claim `auth_time`), in seconds. Otherwise they do it again; 403 `OIDC_STEP_UP_UNMET` if that does not help. */
  readonly maxAge?: number;
  /** How they must have proved it (claim `acr`): one of these. Otherwise they do it again, stronger; 403 `OIDC_STEP_UP_UNMET` if that does not help. */
  readonly acr?: string | readonly string[];
  /**
   * Lets programs in as well: a call that brings an access token is judged by this guard, and by the rules of this route for the token's
   * scope, claims, age and strength; its handler finds `req.auth`. Whether somebody is signed in then does not matter. A call without a
   * token is judged by its login, as ever.
   */
  readonly bearer?: BearerMiddleware;
  /** Answers instead of a login or a 401, when nobody is signed in or a stronger login is needed. */
  readonly onUnauthenticated?: (
    req: IncomingMessage,
    res: ServerResponse,
    next: (error?: unknown) => void,
  ) => void | Promise<void>;
}

/** Why a request may not pass yet. */
export interface Obstacle {
  readonly error: "OIDC_SESSION_MISSING" | "OIDC_STEP_UP_REQUIRED";
  readonly message: string;
  readonly params: Readonly<Record<string, string>>;
}

/** What a route demands, checked. */
export interface Rules {
  readonly claims: ClaimRules | undefined;
  readonly scopes: readonly string[];
  readonly maxAge: number | undefined;
  readonly acr: readonly string[] | undefined;
  readonly onUnauthenticated: RequireAuthOptions["onUnauthenticated"];
  /** What a login must ask the provider for, in wire names. */
  readonly params: Readonly<Record<string, string>>;
}

/**
 * What stands between a login and a route, and a new login could remove.
 * @throws {OptionsError} when the route demands what a login by plain OAuth 2.0 can't show.
 */
export function obstacleFor(
  rules: Rules,
  login: Login | undefined,
  { now, clockTolerance, protocol }: Settings,
): Obstacle | undefined {
  const { maxAge, acr, params } = rules;
  if (protocol === "oauth2") requireJudgeable(rules);
  if (login === undefined) return { error: "OIDC_SESSION_MISSING", message: "Nobody is signed in.", params };
  const { auth_time: authTime, acr: shown } = login.user;
  const isOld = maxAge !== undefined && !(typeof authTime === "number" && now() - authTime <= maxAge + clockTolerance);
  const isWeak = acr !== undefined && !(typeof shown === "string" && acr.includes(shown));
  if (!isOld && !isWeak) return undefined;
  return { error: "OIDC_STEP_UP_REQUIRED", message: "A fresher or stronger login is needed here.", params };
}

function requireJudgeable({ maxAge, acr }: Rules): void {
  const demanded = [maxAge !== undefined ? "maxAge" : "", acr !== undefined ? "acr" : ""].filter((name) => name !== "");
  if (demanded.length > 0) throw new OptionsError(demanded.map((name) => `requireAuth ${name}: ${UNJUDGED}`));
}

/** Why a person may not pass, however often they log in. */
export function refusalFor(rules: Rules, { user, tokens }: Login): AccessError | undefined {
  const missing = rules.scopes.length > 0 ? missingScopes(rules, tokens.scope) : [];
  if (missing.length > 0) {
    return new AccessError(
      "OIDC_SCOPE_MISSING",
      `This needs scope that the login was not granted: ${missing.join(" ")}.`,
    );
  }
  if (rules.claims === undefined || meets(user, rules.claims)) return undefined;
  return new AccessError(
    "OIDC_CLAIMS_REJECTED",
    "This person is not allowed here: their claims do not meet the rules of this route.",
  );
}

function missingScopes({ scopes }: Rules, scope: string): string[] {
  const granted = scope.split(" ");
  return scopes.filter((wanted) => !granted.includes(wanted));
}

const NAMES: Readonly<Record<keyof RequireAuthOptions, true>> = {
  claims: true,
  scope: true,
  maxAge: true,
  acr: true,
  bearer: true,
  onUnauthenticated: true,
};

/** Checks the options of a route. @throws {OptionsError} with every problem at once. */
export function readRules(options: RequireAuthOptions): Rules {
  const problems = new Problems();
  if (!isObject(options)) {
    problems.add("requireAuth", `takes an object with ${Object.keys(NAMES).join(", ")}`);
    problems.throwIfAny();
  }
  problems.unknownNames("requireAuth ", options, Object.keys(NAMES));
  checkKinds(problems, options);
  const { claims, maxAge, onUnauthenticated } = options;
  const scopes = words(problems, "requireAuth scope", options.scope) ?? [];
  const acr = words(problems, "requireAuth acr", options.acr);
  problems.throwIfAny();
  const params = {
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
    ...(acr !== undefined && { acr_values: acr.join(" ") }),
  };
  return { claims, scopes, maxAge, acr, onUnauthenticated, params };
}

function checkKinds(problems: Problems, { claims, maxAge, bearer, onUnauthenticated }: RequireAuthOptions): void {
  checkClaims(problems, "requireAuth claims", claims);
  checkMaxAge(problems, "requireAuth maxAge", maxAge);
  if (bearer !== undefined && judgementOf(bearer)?.guard.judge === undefined) {
    problems.add("requireAuth bearer", "must be a guard that names its audience: requireBearer({ audience })");
  }
  if (onUnauthenticated !== undefined && typeof onUnauthenticated !== "function") {
    problems.add("requireAuth onUnauthenticated", "must be a function (req, res, next)");
  }
}
