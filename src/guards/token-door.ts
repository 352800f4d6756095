/** @module The second way through a guard for people: with an access token instead of a login. */
import type { IncomingMessage } from "node:http";
import { readCredentials } from "../http/bearer.js";
import type { AccessTokenClaims } from "../provider/access-token.js";
import { narrowing } from "./bearer.js";
import { createBearerMiddleware, type Judgement } from "./bearer-middleware.js";
import type { BearerRules } from "./bearer-rules.js";
import type { ClaimRules } from "./claim-rules.js";
import type { Middleware } from "./middleware.js";
import { bearerError, missing } from "./refusal.js";
import type { Rules } from "./rules.js";

/** Where programs come in. */
export interface TokenDoor {
  /** Whether a request tries to: it brings an access token, good or bad. */
  isTried(req: IncomingMessage): boolean;
  /** Lets it through, or says why not. */
  readonly enter: Middleware;
  /** What a program is told that brings nothing, beside the login's address. */
  readonly challenge: string;
}

/** Opens the way that a route names as `bearer`; its own rules count there too. */
export function createTokenDoor({ guard, accept }: Judgement, rules: Rules): TokenDoor {
  const own: BearerRules = {
    ...rules,
    anyScopes: [],
    scopeMatches: guard.rules.scopeMatches,
    claims: rules.claims as ClaimRules<AccessTokenClaims> | undefined,
    roles: undefined,
  };
  const needed = [...guard.rules.scopes, ...guard.rules.anyScopes, ...rules.scopes].join(" ");
  const { headers } = bearerError(guard.terms, missing(needed, guard.terms));
  return {
    isTried: (req) => readCredentials(req, { form: guard.formField }).kind !== "none",
    enter: createBearerMiddleware({ guard, accept: narrowing({ ...guard, rules: own }, accept) }),
    challenge: headers["WWW-Authenticate"] ?? "",
  };
}
