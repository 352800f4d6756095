/** @module The end of a login: the tokens become a record, the visitor gets a new session with its handle. */
import { AccessError } from "../errors.js";
import { publish } from "../events.js";
import { randomText } from "../provider/authorize.js";
import { requireStrength } from "../provider/id-token.js";
import { type Granted, idTokenClaimsOf, type Tokens } from "../provider/tokens.js";
import { trace } from "../trace.js";
import { type Attempt, attemptId } from "./attempts.js";
import { LANDED, LANDED_LIFE, type Landed, readLanded } from "./notes.js";
import { createLogin, hashOf, type Login } from "./record.js";
import type { Visit } from "./visit.js";

/** A code that has become tokens. */
export interface Redeemed extends Granted {
  /** When the code was sent, in epoch milliseconds. */
  readonly sentAtMs: number;
}

/**
 * Makes a verified login count.
 *
 * @throws {AccessError} `OIDC_STEP_UP_UNMET` when it is weaker than was asked for, `OIDC_LOGIN_REFUSED` when `onLogin` says no.
 * @throws {StateError} when the session store does not take it; then nothing of it stays.
 */
export async function completeLogin(visit: Visit, attempt: Attempt, redeemed: Redeemed): Promise<void> {
  const { instance, req, res } = visit;
  requireStrength(redeemed.tokens.claims, attempt.acr);
  const login = await describeLogin(visit, attempt, redeemed);
  const before = instance.carrier.read(req);
  const backing = instance.carrier.backing(req);
  const ticket = { handle: login.handle, person: hashOf(login.user.iss, login.user.sub) };
  await instance.records.begin(backing, login);
  try {
    await instance.carrier.begin(req, res, ticket);
  } catch (error) {
    await instance.records
      .end(backing, ticket)
      .catch(() => trace("login: what could not be begun could not be removed either"));
    throw error;
  }
  const landed = readLanded(instance.cookies.get(req, LANDED));
  const count = 1 + (landed?.count ?? 0);
  instance.cookies.set(res, LANDED, { value: { handle: login.handle, count } satisfies Landed, seconds: LANDED_LIFE });
  // a login of this browser that landed a moment ago, and got lost, would stay until its time is over
  const old = before ?? (landed && { handle: landed.handle, person: ticket.person });
  if (old !== undefined) {
    await instance.records
      .end(backing, old)
      .catch(() => instance.records.bury(backing, old.handle))
      .catch(() => trace("login: the one before in this browser could not be ended"));
  }
  trace("login: done");
  const { issuerName: issuer, clientId } = instance.settings;
  publish("login", { issuer, clientId, sub: login.user.sub });
}

async function describeLogin(visit: Visit, attempt: Attempt, redeemed: Redeemed): Promise<Login> {
  const { settings, provider } = visit.instance;
  const { tokens, sentAtMs } = redeemed;
  const { accessToken, dpopKey, claims, scope } = tokens;
  const now = settings.now();
  const parts = {
    handle: randomText(24),
    startedAt: now,
    issuedAt: issuedAtOf(claims, now),
    redeemedAtMs: sentAtMs,
    endsAt: now + settings.absoluteTimeout,
    tokens,
    userinfo:
      redeemed.userinfo ??
      (settings.userinfo && accessToken !== undefined
        ? await provider.userinfo({ accessToken, dpopKey, sub: claims.sub })
        : undefined),
    attempt: { id: attemptId(attempt.proofs.state), returnTo: attempt.returnTo },
  };
  const { user } = createLogin({ ...parts, data: undefined });
  const verdict = await settings.onLogin?.({
    user,
    idTokenClaims: idTokenClaimsOf(tokens),
    accessToken,
    scope,
    returnTo: attempt.returnTo,
    req: visit.req,
  });
  if (verdict === false) throw new AccessError("OIDC_LOGIN_REFUSED", "This app does not let this person in.");
  return createLogin({ ...parts, data: typeof verdict === "object" ? verdict : undefined });
}

/** Every verified ID token says when it was issued. */
function issuedAtOf({ iat }: Tokens["claims"], otherwise: number): number {
  return typeof iat === "number" ? iat : otherwise;
}
