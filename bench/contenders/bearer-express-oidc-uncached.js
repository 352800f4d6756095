/**
 * express-oidc in front of an API, checking each token each time.
 *
 * @module
 */
import { requireBearer } from "../../dist/index.js";
import { createApi } from "./bearer-express-oidc.js";

/** @type {import("../server.js").CreateApp} */
export function createApp({ issuer, audience }) {
  return createApi(requireBearer({ issuer, audience, strict: true, cache: 0 }));
}
