/** @module When an access token is over, and when it should be renewed. */
import type { ClientSettings } from "../settings/settings.js";
import type { AccessGrant } from "./tokens.js";

type Terms = Pick<AccessGrant, "obtainedAt" | "expiresAt">;

/** Whether an access token has expired. Never, where the provider did not say when. */
export function isExpired({ expiresAt }: Terms, { now }: Pick<ClientSettings, "now">): boolean {
  return expiresAt !== undefined && now() >= expiresAt;
}

/** Whether it has expired or is about to: within the leeway, which is never more than half of its life. */
export function isDue(
  { expiresAt, obtainedAt }: Terms,
  { now, leeway }: Pick<ClientSettings, "now" | "leeway">,
): boolean {
  return expiresAt !== undefined && now() >= expiresAt - Math.min(leeway, (expiresAt - obtainedAt) / 2);
}
