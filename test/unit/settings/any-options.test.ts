import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { problemsOf, problemsWith } from "../../support/problems.js";

const values = [
  fc.jsonValue({ maxDepth: 2 }),
  fc.anything({ maxDepth: 2, withBigInt: true, withNullPrototype: true, withDate: true, withMap: true }),
  fc.constantFrom<unknown>("https://x.example", Symbol("x"), () => 1, 10n, Number.NaN),
];
const value = fc.oneof(...values);

const options =
  "issuer clientId clientSecret clientAuth clientKey clientAssertionAudience unencodedBasic certificateBoundTokens dpop par jar profile responseType responseMode baseUrl secret scope authorizationParams idTokenSigningAlg userinfo routes session " +
  "idleTimeout absoluteTimeout clockTolerance renew idpLogout logoutPage state http onLogin onLogout onError insecureHttp insecurePasswordGrant";

const members =
  "issuer.issuer issuer.token_endpoint issuer.jwks_uri issuer.other routes.login routes.callback session.store session.name " +
  "session.cookie session.keep session.secret authorizationParams.prompt authorizationParams.other authorizationParams.valueOf http.timeout http.fetch " +
  "logoutPage.title renew.leeway clientKey.key clientKey.alg clientKey.kid clientKey.kty jar.alg dpop.alg authorizationParams.authorization_details";

describe("whatever is given, no other error than ours comes of it", () => {
  test.each(options.split(" "))("as the option %s", (name) => {
    fc.assert(fc.property(value, (given) => problemsWith({ [name]: given }).length >= 0));
  });

  test.each(members.split(" ").map((path) => path.split(".")))(
    "in the option %s, as its %s",
    (group = "", name = "") => {
      fc.assert(fc.property(value, (given) => problemsWith({ [group]: { [name]: given } }).length >= 0));
    },
  );

  test.each([[null], ["https://id.example"], [7], [true], [["x"]], [() => undefined]])(
    "in place of them all: %s",
    (given) => {
      expect(problemsOf(given).length).toBeGreaterThan(0);
    },
  );
});
