/** @module When an access token is over, and when it should be renewed. */
import type { Tokens } from "../provider/tokens.js";
import type { Settings } from "../settings/settings.js";

/** Whether an access token has expired. Never, where the provider did not say when. */
export function isExpired({ expiresAt }: Tokens, { now }: Settings): boolean {
  return expiresAt !== undefined && now() >= expiresAt;
}

/** Whether it has expired or is about to: within the leeway, which is never more than half of its life. */
export function isDue({ expiresAt, obtainedAt }: Tokens, { now, leeway }: Settings): boolean {
  return expiresAt !== undefined && now() >= expiresAt - Math.min(leeway, (expiresAt - obtainedAt) / 2);
}
