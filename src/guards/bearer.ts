/** @module Judges the access token of a call: what lets it pass, or the error that refuses it. */
import type { IncomingMessage } from "node:http";
import { contextOf } from "../context/find.js";
import { ProviderError } from "../errors.js";
import { brokenToken, type Credentials, readCredentials } from "../http/bearer.js";
import type { Access, AccessTokens } from "../provider/access-tokens.js";
import { TokenRejected } from "../provider/token-rejected.js";
import type { Instance } from "../session/instance.js";
import { authOf, BearerAuth, type Presentation } from "./bearer-auth.js";
import { bearerRefusal } from "./bearer-rules.js";
import { type BoundCall, createBoundTokens } from "./bound-token.js";
import type { BearerGuard } from "./read-bearer.js";
import { type BearerJudge, now } from "./read-judge.js";
import { bearerError, invalid, malformed, missing, NO_ISSUER, type Refusal, type Terms } from "./refusal.js";

/** When to ask again for what an issuer that is away would have to say, in seconds. */
const RETRY_AFTER = 5;

type Presented = Extract<Credentials, { kind: "token" }>;

/**
 * Accepts a call, at once where its token has just been checked.
 * @throws {BearerError} (also its promise) when the call may not pass.
 * @throws {ProviderError} (its promise) 503 when its token can't be judged now.
 */
export type Accept = (req: IncomingMessage) => BearerAuth | Promise<BearerAuth>;

/** Creates what accepts the calls of one guard. */
export function createAccept(guard: BearerGuard): Accept {
  return guard.judge === undefined ? createNarrowing(guard) : createJudging(guard, guard.judge);
}

/** A guard further in: what the one before has accepted must be enough here, too. */
function createNarrowing(guard: BearerGuard): Accept {
  return (req) => {
    const auth = authOf(req);
    if (auth === undefined) throw bearerError(guard.terms, NO_GUARD);
    return admitted(guard, auth, BearerAuth.termsOf(auth)) ?? auth;
  };
}

/** A call must be accepted, and then meet the rules of one more guard. */
export function narrowing(guard: BearerGuard, accept: Accept): Accept {
  const pass = (auth: BearerAuth) => admitted(guard, auth, guard.terms) ?? auth;
  return (req) => {
    const found = accept(req);
    return found instanceof Promise ? found.then(pass) : pass(found);
  };
}

function createJudging(guard: BearerGuard, judge: BearerJudge): Accept {
  const { terms, rules, formField } = guard;
  const byInstance = new WeakMap<Instance, AccessTokens>();
  const bound = createBoundTokens(judge.bound, terms, now);
  const nothingSent = missing([...rules.scopes, ...rules.anyScopes].join(" "), terms);

  function tokensFor(req: IncomingMessage): AccessTokens {
    if (judge.own !== undefined) return judge.own;
    const instance = contextOf(req)?.visit().instance;
    if (instance === undefined) throw bearerError(terms, NO_ISSUER);
    const known = byInstance.get(instance) ?? judge.of({ of: () => instance.provider.trusted });
    byInstance.set(instance, known);
    return known;
  }

  function accepted(presented: Presentation, access: Access): BearerAuth {
    const auth = new BearerAuth(presented, access, terms);
    return admitted(guard, auth, terms) ?? auth;
  }

  function requireLetters(token: string): void {
    const rule = brokenToken(token);
    if (rule !== undefined) throw bearerError(terms, malformed(rule));
  }

  function finish(req: IncomingMessage, presented: Presented, access: Access): BearerAuth | Promise<BearerAuth> {
    const cnf = access.claims["cnf"];
    if (cnf !== undefined) return proven({ req, cnf, ...presented }, access);
    bound.unbound(presented.scheme);
    return accepted(presented, access);
  }

  async function proven(call: BoundCall, access: Access): Promise<BearerAuth> {
    const answer = await bound.prove(call);
    return accepted({ token: call.token, scheme: call.scheme, answer }, access);
  }

  return (req) => {
    const credentials = readCredentials(req, { form: formField });
    if (credentials.kind === "none") throw bearerError(terms, nothingSent);
    if (credentials.kind === "broken") throw bearerError(terms, malformed(credentials.rule));
    const found = tokensFor(req).check(credentials.token, requireLetters);
    if (!(found instanceof Promise)) return finish(req, credentials, found);
    return found.then(
      (access) => finish(req, credentials, access),
      (cause: unknown) => {
        throw cause instanceof TokenRejected
          ? bearerError(terms, invalid(cause), credentials.scheme)
          : inService(cause);
      },
    );
  };
}

/** Throws where a route's rules are not met. */
function admitted({ rules, clockTolerance }: BearerGuard, auth: BearerAuth, terms: Terms): undefined {
  const refusal = bearerRefusal(rules, BearerAuth.accessOf(auth), { now: now(), tolerance: clockTolerance });
  if (refusal !== undefined) throw bearerError(terms, refusal, auth.scheme);
}

/** The caller can do nothing about an issuer that is away but wait. */
function inService(error: unknown): unknown {
  if (!(error instanceof ProviderError) || !(error.retryable || error.status === 503)) return error;
  const headers = { "Retry-After": String(RETRY_AFTER) };
  return new ProviderError(error.code, error.message, { status: 503, headers, cause: error.cause });
}

const NO_GUARD: Refusal = {
  code: "OIDC_BEARER_NOT_MOUNTED",
  message:
    "No access token has been accepted before this guard, and it does not say how tokens are judged. Put app.use(requireBearer({ issuer, audience })) before it, or give it these options.",
};
