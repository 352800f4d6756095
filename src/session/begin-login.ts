/** @module The beginning of a login: the attempt is written down, then the person goes to the provider. */
import { LoginError, OptionsError, SessionError } from "../errors.js";
import { endsWithPath } from "../http/mount.js";
import { redirect } from "../http/reply.js";
import { loginParams } from "../provider/authorize.js";
import { trace } from "../trace.js";
import { createProofs } from "./attempts.js";
import { LANDED, SILENT } from "./notes.js";
import type { Visit } from "./visit.js";

/** What is wanted of a login. */
export interface LoginRequest {
  /** A path of this site. */
  readonly returnTo: string;
  /** Authorization parameters of this request, over the static ones. */
  readonly params?: ReadonlyArray<readonly [string, string]>;
  /** The `acr` values of which one must come back. */
  readonly acr?: readonly string[] | undefined;
  /** Whether it takes the place of a login that got lost, which is done once. */
  readonly isRestart?: boolean;
}

/**
 * Sends a person to the provider.
 *
 * @throws {SessionError} `OIDC_SESSION_COOKIE_LOST` when the login could not last.
 * @throws {LoginError} `OIDC_LOGIN_DENIED` when the provider has just said that it can't log anybody in silently.
 * @throws {ProviderError} when the provider is needed to know where to go, and is away.
 */
export async function beginLogin(visit: Visit, request: LoginRequest): Promise<void> {
  const { logins, req, res } = visit;
  const { settings } = logins;
  requireFittingMount(visit);
  logins.carrier.requireCookie(req);
  await requireKeptSession(visit);
  const params = loginParams(settings, request.params ?? []);
  const silent = params.get("prompt") === "none";
  if (silent) requireNewSilence(visit);
  const proofs = createProofs(request.isRestart === true);
  const url = await logins.provider.authorizationUrl({ proofs, params });
  logins.attempts.keep(req, res, {
    proofs,
    returnTo: request.returnTo,
    startedAt: settings.now(),
    params: request.params ?? [],
    silent,
    maxAge: readMaxAge(params.get("max_age")),
    acr: request.acr,
  });
  trace("login: begins%s, back to %s afterwards", request.isRestart ? " again" : "", pathOnly(request.returnTo));
  redirect(req, res, url);
}

/** Paths may be told; a query may hold anything. */
function pathOnly(path: string): string {
  return path.split(/[?#]/, 1)[0] ?? "";
}

function readMaxAge(text: string | null): number | undefined {
  return text !== null && /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

/** The redirect URI is built from `baseUrl`: where that is not where the app mounted us, the way back would lead nowhere. */
function requireFittingMount({ logins: { settings }, mount }: Visit): void {
  if (endsWithPath(settings.basePath, mount)) return;
  throw new OptionsError([
    `baseUrl: is ${settings.baseUrl}, but auth() is mounted at ${mount}, so ${settings.baseUrl}${settings.routes.callback} would not reach it; ` +
      `set baseUrl to ${settings.origin}${mount}, or mount auth() without a path`,
  ]);
}

/** A login that landed a moment ago and is unknown now was lost with its cookie: another one would be lost the same way. */
async function requireKeptSession({ logins, req }: Visit): Promise<void> {
  const handle = logins.cookies.get(req, LANDED);
  if (typeof handle !== "string" || logins.carrier.read(req) !== undefined) return;
  if ((await logins.records.read(logins.carrier.backing(req), handle)) === undefined) return;
  throw new SessionError(
    "OIDC_SESSION_COOKIE_LOST",
    "The login worked, but the browser did not send the session cookie back, so another login would go round in circles. " +
      "Usual causes: a Secure cookie behind a proxy that the app does not trust (app.set('trust proxy', 1), or proxy: true in express-session), SameSite=Strict, or a cookie path or domain that does not fit.",
  );
}

function requireNewSilence({ logins, req }: Visit): void {
  if (logins.cookies.get(req, SILENT) === undefined) return;
  throw new LoginError(
    "OIDC_LOGIN_DENIED",
    "The provider said a moment ago that it can't log anybody in without asking (prompt=none). Show the page signed out, or begin a login that may ask.",
    { error: "login_required" },
  );
}
