/** @module Whether what an instance needs is there: provider, shared state, session store, each told apart. */
import { OidcError } from "../errors.js";
import { reached } from "../state/reached.js";
import type { Health, PartHealth } from "./health-report.js";
import type { Instance } from "./instance.js";
import { readEntry } from "./store.js";

/** Asks each part once. */
export async function healthOf({ settings, provider, carrier }: Instance): Promise<Health> {
  const home = carrier.home();
  const [providerHealth, state, store] = await Promise.all([
    examine(() => provider.reach()),
    settings.stateIsShared ? examine(() => reached(settings.state.get("health"))) : undefined,
    home === undefined ? undefined : examine(() => readEntry(home.store, "oidc-health")),
  ]);
  const ok = [providerHealth, state, store].every((part) => part?.ok !== false);
  return { ok, provider: providerHealth, state, store };
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
