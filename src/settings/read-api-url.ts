/** @module Reads the URL of an API that is called with an access token. */
import { webUrl } from "./checks.js";
import { Problems } from "./problems.js";
import type { ClientSettings } from "./settings.js";

/**
 * Checks where an access token is sent: https, or this machine, or anywhere with `insecureHttp`.
 *
 * @param of - what asks, for messages.
 * @throws {OptionsError}
 */
export function readApiUrl(of: string, url: string | URL, { insecureHttp }: Pick<ClientSettings, "insecureHttp">): URL {
  const problems = new Problems();
  const checked = webUrl(problems, { path: `${of} url`, value: String(url), insecureHttp, mayHaveQuery: true });
  problems.throwIfAny();
  return checked as URL;
}
