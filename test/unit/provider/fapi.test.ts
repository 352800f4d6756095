import { describe, expect, test } from "vitest";
import { meetingProfile } from "../../../src/provider/fapi.js";
import { requireIssuer } from "../../../src/provider/login-response.js";
import { signingKey } from "../../support/scripted/signing.js";
import { settingsWith } from "../../support/settings.js";

const clientKey = signingKey("ES256").privateKey;
const strict = settingsWith({ profile: "fapi2", clientKey, certificateBoundTokens: true, http: { fetch } });
const metadata = { issuer: "https://id.example", tls_client_certificate_bound_access_tokens: true };
const answer = new URLSearchParams({ code: "c", state: "s" });

describe("with the profile fapi2", () => {
  test("a login answer without iss is refused, whatever the provider lists", () => {
    expect(() => requireIssuer(answer, meetingProfile(settingsWith(), metadata))).not.toThrow();
    expect(() => requireIssuer(answer, meetingProfile(strict, metadata))).toThrow(
      expect.objectContaining({ code: "OIDC_LOGIN_RESPONSE_INVALID" }),
    );
  });

  test.each([[false], [undefined]])(
    "a provider that binds no tokens to certificates is refused (it says %s)",
    (says) => {
      const loose = { ...metadata, tls_client_certificate_bound_access_tokens: says };
      expect(() => meetingProfile(strict, loose as typeof metadata)).toThrow(
        /does not say that it binds tokens.*dpop: true/,
      );
      expect(meetingProfile(settingsWith(), loose as typeof metadata)).toBe(loose);
    },
  );
});
