/**
 * Each response type, in each mode that it may come in, with each way of a client to prove itself, at each provider.
 * @module
 */
import { clientAuths, responseTypes } from "../support/response-providers.js";
import { testResponse } from "../support/response-suite.js";
import type { ResponseMode } from "../support/response-world.js";

for (const at of ["oidc-provider", "GenAuth"] as const) {
  for (const type of responseTypes) {
    const more: readonly (ResponseMode | undefined)[] = type === "code" ? ["form_post", "jwt", "query.jwt"] : [];
    for (const mode of [undefined, "form_post.jwt" as const, ...more]) {
      for (const way of clientAuths) testResponse({ at, type, mode, way });
    }
  }
}
