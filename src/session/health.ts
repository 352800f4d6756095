/** @module Whether what an instance needs is there: provider, shared state, session store, each told apart. */
import { OidcError } from "../errors.js";
import { reached } from "../state/reached.js";
import { limitTime } from "../state/time-limit.js";
import type { Carrier } from "./carrier.js";
import type { Health, PartHealth } from "./health-report.js";
import type { Instance } from "./instance.js";
import { type Backing, readEntry, unavailable } from "./store.js";

/** How long the store may take here, in milliseconds. */
const LIMIT_MS = 2500;

/** Asks each part once. */
export async function healthOf({ settings, provider, carrier }: Instance): Promise<Health> {
  const [providerHealth, state, store] = await Promise.all([
    examine(() => provider.reach()),
    settings.stateIsShared ? examine(() => reached(settings.state.get("health"))) : undefined,
    examineStore(carrier),
  ]);
  const ok = [providerHealth, state, store].every((part) => part?.ok !== false);
  return { ok, provider: providerHealth, state, store };
}

/** Undefined while it is not known where sessions live. */
async function examineStore(carrier: Carrier): Promise<PartHealth | undefined> {
  let home: Backing | undefined;
  const health = await examine(async () => {
    home = await carrier.home();
    if (home !== undefined) await withinLimit(reachStore(carrier, home));
  });
  return health.ok && home === undefined ? undefined : health;
}

/** A store that has said itself that it is away is not asked: whatever it answered, requests are refused. */
async function reachStore(carrier: Carrier, { store }: Backing): Promise<void> {
  if (carrier.isAway()) throw unavailable(undefined);
  await readEntry(store, "oidc-health");
}

/** A store that the app mounts may have no limit. */
function withinLimit(answer: Promise<unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const clear = limitTime(LIMIT_MS, () => reject(unavailable(new Error(`no answer for ${LIMIT_MS} ms`))));
    answer.then(resolve, reject).finally(clear);
  });
}

async function examine(ask: () => Promise<unknown>): Promise<PartHealth> {
  const startedMs = performance.now();
  const since = () => (performance.now() - startedMs) / 1000;
  try {
    await ask();
    return { ok: true, code: undefined, seconds: since() };
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    return { ok: false, code: error.code, seconds: since() };
  }
}
