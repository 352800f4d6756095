/** @module The end of logins that are not this request's own: by the provider, or by the app for all of a person's. */
import { createHash } from "node:crypto";
import { SessionError } from "../errors.js";
import type { LogoutEvent } from "../options.js";
import type { ProviderLogout } from "../provider/logout-token.js";
import { trace } from "../trace.js";
import { afterLogout } from "./after-logout.js";
import type { Carrier } from "./carrier.js";
import type { Instance } from "./instance.js";
import type { LoginInfo, Logins } from "./logins.js";
import type { Listed } from "./persons.js";
import { hashOf, type Login } from "./record.js";
import type { Backing } from "./store.js";

/** A login that is alive. */
interface Alive {
  readonly login: Login;
  readonly usedAt: number;
}

/** Names a login without giving its handle away. */
export function loginIdOf(handle: string): string {
  return createHash("sha256").update(`login ${handle}`).digest("base64url").slice(0, 22);
}

/**
 * Ends what a logout token names: the logins of one session at the provider, or all that the person had when it was issued.
 * @throws {StateError} when the session store or the shared state is away; then the provider should send it again.
 */
export async function endByProvider(
  instance: Instance,
  backing: Backing,
  { logout, req }: { logout: ProviderLogout; req: LogoutEvent["req"] },
): Promise<void> {
  const { records } = instance;
  const { issuer, sub, sid, issuedAt } = logout;
  const session = sid === undefined ? undefined : hashOf(issuer, sid);
  const named = sub === undefined ? undefined : hashOf(issuer, sub);
  const limit = { issued: issuedAt, madeAtMs: Date.now() };
  if (session !== undefined) await records.markAll(backing, session, { all: limit });
  // a provider that names its session in logout tokens but not in ID tokens leaves us no way to tell that person's logins apart
  if (named !== undefined)
    await records.markAll(backing, named, session === undefined ? { all: limit } : { withoutSession: limit });
  const person = named ?? (session && (await records.persons.behind(backing, session)));
  if (person === undefined) return;
  const isMeant = (listed: Listed) =>
    listed.issuedAt <= issuedAt && (session === undefined || (listed.session ?? session) === session);
  const handles = (await records.persons.of(backing, person)).filter(isMeant).map(({ handle }) => handle);
  await endEach(instance, backing, { person, handles, by: "backchannel", req });
  trace("logout: the provider has ended %d of a person's logins here", handles.length);
}

/** The logins of one person. */
export function loginsOf(instance: Instance, sub: string): Logins {
  const { records, carrier, provider } = instance;
  const person = async () => hashOf(await provider.issuer(), sub);

  async function alive(backing: Backing): Promise<Alive[]> {
    const listed = await records.persons.of(backing, await person());
    const found = await Promise.all(listed.map(({ handle }) => find(instance, backing, handle)));
    return found.filter((login) => login !== undefined).sort((a, b) => b.login.startedAt - a.login.startedAt);
  }

  return {
    list: async () => (await alive(await homeOf(carrier))).map(describe),
    async end(which) {
      const backing = await homeOf(carrier);
      const name = await person();
      if (which === undefined) await records.markAll(backing, name, { redeemedUntilMs: Date.now() });
      const found = (await alive(backing)).filter((one) => which === undefined || which(describe(one)));
      const handles = found.map(({ login }) => login.handle);
      await endEach(instance, backing, { person: name, handles, by: "app", req: undefined });
      return found.length;
    },
  };
}

async function homeOf(carrier: Carrier): Promise<Backing> {
  const backing = await carrier.home();
  if (backing !== undefined) return backing;
  throw new SessionError(
    "OIDC_SESSION_NOT_MOUNTED",
    "No request has come by yet, so it is not known where this app keeps its sessions. Name the store: session: { store }.",
  );
}

async function find({ records }: Instance, backing: Backing, handle: string): Promise<Alive | undefined> {
  const stored = await records.read(backing, handle);
  const login = stored && records.open(handle, stored);
  return stored && login && { login, usedAt: stored.usedAt };
}

function describe({ login, usedAt }: Alive): LoginInfo {
  const { handle, startedAt, endsAt, data } = login;
  return { id: loginIdOf(handle), startedAt, renewedAt: usedAt, endsAt, data };
}

interface Ending extends Pick<LogoutEvent, "by" | "req"> {
  readonly person: string;
  readonly handles: readonly string[];
}

/** The end itself does not wait for records to be readable: what can't be opened must be gone all the same. */
async function endEach(instance: Instance, backing: Backing, ending: Ending): Promise<void> {
  const finding = ending.handles.map((handle) => find(instance, backing, handle).catch(() => undefined));
  const found = await Promise.all(finding);
  await instance.records.endAll(backing, ending.person, ending.handles);
  for (const one of found) if (one !== undefined) await afterLogout(instance, one.login, ending);
}
