/**
 * express-oidc with its own carrier, which asks the provider by `fetch`: what the kept connections of its own save.
 *
 * @module
 */
import { createAppWith } from "./express-oidc-own-carrier.js";

/** @type {import("../server.js").CreateApp} */
export function createApp(surroundings) {
  return createAppWith(surroundings, { http: { fetch: (url, init) => fetch(url, init) } });
}
