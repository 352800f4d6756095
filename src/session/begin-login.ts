/** @module The beginning of a login: the attempt is written down, then the person goes to the provider. */
import { LoginError, OptionsError, SessionError } from "../errors.js";
import { endsWithPath } from "../http/mount.js";
import { redirect } from "../http/reply.js";
import { demandsOf, loginParams } from "../provider/authorize.js";
import { trace } from "../trace.js";
import { createProofs } from "./attempts.js";
import { LANDED, readLanded, SILENT } from "./notes.js";
import type { Visit } from "./visit.js";

/** How many logins may land and get lost within half a minute before it is called a loop. */
const MOST_LANDINGS = 2;

/** What is wanted of a login. */
export interface LoginRequest {
  /** A path of this site. */
  readonly returnTo: string;
  /** Authorization parameters of this request, over the static ones. Of `acr_values`, one must come back. */
  readonly params?: ReadonlyArray<readonly [string, string]>;
  /** Whether it takes the place of a login that got lost, which is done once. */
  readonly isRestart?: boolean;
}

/**
 * Sends a person to the provider.
 *
 * @throws {SessionError} `OIDC_SESSION_COOKIE_LOST` when the login could not last.
 * @throws {StateError} `OIDC_STATE_UNAVAILABLE` when the session store can't take one.
 * @throws {LoginError} `OIDC_LOGIN_DENIED` when the provider has just said that it can't log anybody in silently.
 * @throws {ProviderError} when the provider is needed to know where to go, and is away.
 */
export async function beginLogin(visit: Visit, request: LoginRequest): Promise<void> {
  const { instance, req, res } = visit;
  const { settings } = instance;
  requireFittingMount(visit);
  instance.carrier.requireReady(req);
  await requireKeptSession(visit);
  const params = loginParams(settings, request.params ?? []);
  const silent = params.get("prompt") === "none";
  if (silent) requireNewSilence(visit);
  const proofs = createProofs(request.isRestart === true, settings);
  const url = await instance.provider.authorizationUrl({ proofs, params, response: settings });
  instance.attempts.keep(req, res, {
    proofs,
    returnTo: request.returnTo,
    startedAt: settings.now(),
    params: request.params ?? [],
    silent,
    ...demandsOf(params),
  });
  trace("login: begins%s, back to %s afterwards", request.isRestart ? " again" : "", pathOnly(request.returnTo));
  redirect(req, res, url);
}

/** Paths may be told; a query may hold anything. */
function pathOnly(path: string): string {
  return path.split(/[?#]/, 1)[0] ?? "";
}

/** The redirect URI is built from `baseUrl`: where that is not where the app mounted us, the way back would lead nowhere. */
function requireFittingMount({ instance: { settings }, mount }: Visit): void {
  if (endsWithPath(settings.basePath, mount)) return;
  throw new OptionsError([
    `baseUrl: is ${settings.baseUrl}, but auth() is mounted at ${mount}, so ${settings.baseUrl}${settings.routes.callback} would not reach it; ` +
      `set baseUrl to ${settings.origin}${mount}, or mount auth() without a path`,
  ]);
}

/**
 * A login that landed a moment ago and is unknown now got lost, and the next one would get lost the same way. Where the browser sent no
 * session at all, that is certain; otherwise a slower request may have come between, and one more try is due.
 */
async function requireKeptSession({ instance, req }: Visit): Promise<void> {
  const landed = readLanded(instance.cookies.get(req, LANDED));
  const ticket = instance.carrier.read(req);
  if (landed === undefined) return;
  const isAlive = (await instance.records.read(instance.carrier.backing(req), landed.handle)) !== undefined;
  if (isAlive && ticket?.handle === landed.handle) return;
  // with SameSite=Strict the cookie stays away from a link on another site, and comes back with the login
  const isCertain = isAlive && !instance.carrier.isKnown(req) && !instance.carrier.isStrict(req);
  if (!isCertain && landed.count < MOST_LANDINGS) return;
  throw new SessionError(
    "OIDC_SESSION_COOKIE_LOST",
    "The login worked, but the next request did not bring it back, so another login would go round in circles. Usual causes: a Secure " +
      "cookie behind a proxy that the app does not trust (app.set('trust proxy', 1), or proxy: true in express-session), a cookie path or " +
      "domain that does not fit, or several processes without a common session store (session.store).",
  );
}

function requireNewSilence({ instance, req }: Visit): void {
  if (instance.cookies.get(req, SILENT) === undefined) return;
  throw new LoginError(
    "OIDC_LOGIN_DENIED",
    "The provider said a moment ago that it can't log anybody in without asking (prompt=none). Show the page signed out, or begin a login that may ask.",
    { error: "login_required" },
  );
}
