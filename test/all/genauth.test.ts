/**
 * Every way in which an app can be set up at GenAuth: protocol, signature, kind of token, form of the answer.
 * @module
 */
import { testGenauth } from "../support/genauth-suite.js";

for (const envelope of [false, true]) {
  for (const accessTokens of ["jwt", "opaque"] as const) {
    for (const idTokenSigningAlg of ["RS256", "HS256"] as const)
      testGenauth({ protocol: "oidc", idTokenSigningAlg, accessTokens, envelope });
    testGenauth({ protocol: "oauth", accessTokens, envelope });
  }
}
