/** @module URLs that are there without waiting, where the options hold the provider's metadata: nothing is asked, pushed or signed. */
import type { ClientSettings } from "../settings/settings.js";
import type { Pair } from "./pairs.js";

/** Places of the provider that people are sent to. */
type Place = "authorization_endpoint" | "end_session_endpoint";

/**
 * The URL of a place of the provider, with parameters in wire names and `client_id`.
 * @returns undefined where the options do not name the place.
 */
export function urlAtOnce(settings: ClientSettings, place: Place, params: readonly Pair[]): string | undefined {
  const endpoint = settings.metadata?.[place];
  if (typeof endpoint !== "string") return undefined;
  const url = new URL(endpoint);
  for (const [name, value] of [["client_id", settings.clientId] as const, ...params])
    url.searchParams.append(name, value);
  return url.href;
}
