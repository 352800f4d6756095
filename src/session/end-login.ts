/** @module The end of a login by its user: here first and always, then at the provider. */
import { randomText } from "../provider/authorize.js";
import { trace } from "../trace.js";
import { afterLogout } from "./after-logout.js";
import { LANDED, LOGOUT, LOGOUT_LIFE } from "./notes.js";
import type { Login } from "./record.js";
import type { Visit } from "./visit.js";

/**
 * Logs out: the login ends, the session goes, its cookie is taken away.
 *
 * @returns where the person goes next: to the provider's logout where there is one, else straight to `returnTo`.
 * @throws {StateError} when the session store is away, for then nothing can be ended; the cookie is taken away all the same.
 */
export async function endLogin(visit: Visit, returnTo: string): Promise<string> {
  const { instance, req, res } = visit;
  const ticket = instance.carrier.read(req);
  if (ticket === undefined) return returnTo;
  const backing = instance.carrier.backing(req);
  const stored = await instance.records.read(backing, ticket.handle).catch(() => undefined);
  const login = stored && instance.records.open(ticket.handle, stored);
  instance.cookies.clear(res, LANDED);
  const sessionEnds = instance.carrier.end(req, res);
  await Promise.all([sessionEnds, instance.records.end(backing, ticket)]);
  trace("logout: done here");
  if (login === undefined) return returnTo;
  await afterLogout(instance, login, { by: "user", req });
  return (await wayOut(visit, login, returnTo)) ?? returnTo;
}

async function wayOut({ instance, res }: Visit, login: Login, returnTo: string): Promise<string | undefined> {
  if (instance.settings.idpLogout === false) return undefined;
  const state = randomText();
  try {
    const url = await instance.provider.signOutUrl({ idToken: login.tokens.idToken, state });
    if (url !== undefined) instance.cookies.set(res, LOGOUT, { value: { state, returnTo }, seconds: LOGOUT_LIFE });
    return url;
  } catch {
    trace("logout: the provider can't be asked, so the person is logged out here only");
    return undefined;
  }
}
