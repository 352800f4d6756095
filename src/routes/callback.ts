/** @module /callback: the way back from the provider. */
import { contextOf } from "../context/find.js";
import { LoginError, ProviderError, StateError } from "../errors.js";
import { escapeHtml, redirect, sendPage } from "../http/reply.js";
import { isTopLevelVisit } from "../http/who-asks.js";
import { responseInvalid } from "../provider/failures.js";
import { requireWellFormed, wouldHaveToAsk } from "../provider/login-response.js";
import { sentParams } from "../provider/signed-answer.js";
import { ATTEMPT_LIFE, type Attempt, attemptId, isRestarted, isState } from "../session/attempts.js";
import { beginLogin } from "../session/begin-login.js";
import { completeLogin } from "../session/complete-login.js";
import { SILENT, SILENT_LIFE } from "../session/notes.js";
import { homeOf } from "../session/return-address.js";
import type { Visit } from "../session/visit.js";
import { isPosted } from "../settings/read-response.js";
import type { Settings } from "../settings/settings.js";
import { reached } from "../state/reached.js";
import { trace } from "../trace.js";

/** Parameters that make a response of an address. */
const OF_RESPONSES = ["code", "error", "id_token", "access_token", "response"];

/** Ends the login that the response belongs to; one that is stale, used up or another browser's ends well too, and never in a loop. */
export async function answerCallback(visit: Visit, query: URLSearchParams): Promise<void> {
  requireWellFormed(query);
  const { instance, req } = visit;
  const sent = sentParams(query, instance.settings);
  requireWellFormed(sent);
  const state = sent.get("state") ?? "";
  const attempt = instance.attempts.find(req, state);
  if (attempt === undefined) return recoverLost(visit, sent);
  requireRightPlace(instance.settings, query);
  const { now, state: shared } = instance.settings;
  const isFresh = attempt.startedAt > now() - ATTEMPT_LIFE;
  // of two callbacks with one state, only the first may redeem the code
  if (!isFresh || !(await reached(shared.add(`callback-${attemptId(state)}`, "1", ATTEMPT_LIFE)))) {
    trace("callback: this login is over already");
    return recover(visit, attempt);
  }
  const answer = isPosted(instance.settings.responseMode) ? await instance.answers.take(state) : query;
  if (answer === undefined) {
    trace("callback: no answer has been posted, or it was used already");
    return recover(visit, attempt);
  }
  await finish(visit, answer, attempt);
}

/** An answer that was to be posted and stands in the address is not what was asked for (OAuth 2.0 Form Post Response Mode §2). */
function requireRightPlace({ responseMode }: Settings, query: URLSearchParams): void {
  if (!isPosted(responseMode) || !OF_RESPONSES.some((name) => query.has(name))) return;
  throw responseInvalid(
    `it stands in the address, and was to be posted; see whether the provider supports responseMode ${responseMode}.`,
  );
}

async function finish(visit: Visit, params: URLSearchParams, attempt: Attempt): Promise<void> {
  const { instance, req, res } = visit;
  try {
    instance.carrier.requireReady(req);
    const asked = { response: instance.settings, proofs: attempt.proofs, maxAge: attempt.maxAge };
    const answer = await instance.provider.readAnswer(params, asked);
    const sentAtMs = Date.now();
    const granted = await instance.provider.redeem(answer, asked);
    await completeLogin(visit, attempt, { ...granted, sentAtMs });
  } catch (error) {
    if (error instanceof LoginError && error.code === "OIDC_LOGIN_EXPIRED") return recover(visit, attempt, error);
    // after an outage the attempt is still needed: a reload begins again, and knows where the person wanted to go
    if (!(error instanceof ProviderError || error instanceof StateError))
      instance.attempts.drop(req, res, attempt.proofs.state);
    if (!attempt.silent || !wouldHaveToAsk(error)) throw error;
    trace("callback: nobody could be logged in silently");
    instance.cookies.set(res, SILENT, { value: true, seconds: SILENT_LIFE });
    return redirect(req, res, attempt.returnTo);
  }
  instance.attempts.drop(req, res, attempt.proofs.state);
  arrive(visit, attempt.returnTo);
}

/** A cookie with SameSite=Strict is not sent along a redirect that began at the provider; it is from a page of ours. */
function arrive({ instance, req, res }: Visit, returnTo: string): void {
  if (!instance.carrier.isStrict(req)) {
    redirect(req, res, returnTo);
    return;
  }
  const { lang, proceed } = instance.settings.logoutPage;
  sendPage(req, res, {
    lang,
    title: proceed,
    html: `<p><a class="button" href="${escapeHtml(returnTo)}">${escapeHtml(proceed)}</a></p>`,
    headers: { Refresh: `0; url=${returnTo}` },
  });
}

/** A response whose login this browser does not know: reloaded, stale, or begun elsewhere. */
async function recoverLost(visit: Visit, sent: URLSearchParams): Promise<void> {
  const state = sent.get("state") ?? "";
  const login = contextOf(visit.req)?.current();
  if (login !== undefined) {
    trace("callback: somebody is signed in already");
    const returnTo = login.attempt.id === attemptId(state) ? login.attempt.returnTo : homeOf(visit.instance.settings);
    return redirect(visit.req, visit.res, returnTo);
  }
  if (!isAnswer(visit.instance.settings, sent) || isRestarted(state) || !isTopLevelVisit(visit.req))
    throw unknownState();
  return beginLogin(visit, { returnTo: homeOf(visit.instance.settings), isRestart: true });
}

/** Whether something has the form of a provider's answer. A posted one was not kept, so that its state is all that is left of it. */
function isAnswer({ responseMode }: Settings, sent: URLSearchParams): boolean {
  return isState(sent.get("state") ?? "") && (isPosted(responseMode) || (sent.get("code") ?? "") !== "");
}

/** A login whose code can't be redeemed any more: to the page that was wanted, if signed in meanwhile; else once from the start. */
async function recover(visit: Visit, attempt: Attempt, error?: LoginError): Promise<void> {
  const { returnTo, proofs, params } = attempt;
  visit.instance.attempts.drop(visit.req, visit.res, proofs.state);
  if (contextOf(visit.req)?.isAuthenticated()) return redirect(visit.req, visit.res, returnTo);
  if (isRestarted(proofs.state) || !isTopLevelVisit(visit.req)) throw error ?? expired();
  return beginLogin(visit, { returnTo, params, isRestart: true });
}

function unknownState(): LoginError {
  return new LoginError(
    "OIDC_LOGIN_UNKNOWN_STATE",
    "This login is not known in this browser: it was begun in another one, took too long, or its cookie was not kept. Start again, and allow cookies for this site.",
  );
}

function expired(): LoginError {
  return new LoginError("OIDC_LOGIN_EXPIRED", "This login took too long or was used already. Start again.");
}
