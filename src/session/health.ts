/** @module Whether what an instance needs is there: provider, shared state, session store, each told apart. */
import { OidcError, type OidcErrorCode } from "../errors.js";
import { reached } from "../state/reached.js";
import type { Instance } from "./instance.js";
import { readEntry } from "./store.js";

/** How one of the parts is. */
export interface PartHealth {
  readonly ok: boolean;
  /** What is wrong; undefined while nothing is. */
  readonly code: OidcErrorCode | undefined;
  /** How long it took to find out, in seconds. */
  readonly seconds: number;
}

/** How an instance is. */
export interface Health {
  /** Whether every part is well. Without the provider nobody can log in, and who is logged in stays so; without state or store nobody gets in. */
  readonly ok: boolean;
  readonly provider: PartHealth;
  /** Undefined without the option `state`. */
  readonly state: PartHealth | undefined;
  /** Undefined while it is not known where the app keeps its sessions, which its first request tells. */
  readonly store: PartHealth | undefined;
}

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
