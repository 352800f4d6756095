/**
 * Settings for tests that need no provider: the smallest options that are right, and what a test wants over them.
 * @module
 */
import type { AuthOptions } from "../../src/options.js";
import { readSettings } from "../../src/settings/read-settings.js";
import type { Settings } from "../../src/settings/settings.js";

export const secret = "a secret that is long enough for a test";
export const otherSecret = "another secret that is long enough too";

/** The smallest options that are right. */
export const rightOptions = {
  issuer: "https://id.example",
  clientId: "shop",
  clientSecret: "the secret of the shop at its provider",
  baseUrl: "https://shop.example",
  secret,
} as const satisfies AuthOptions;

/** Settings from the smallest right options, with others over them and no environment. */
export function settingsWith(options: AuthOptions = {}): Settings {
  return readSettings({ ...rightOptions, ...options }, {});
}
