/**
 * The option `dpop`: which keys it asks for, alone and under the profile.
 * @module
 */
import { describe, expect, test } from "vitest";
import { problemsWith } from "../../support/problems.js";
import { signingKey } from "../../support/scripted/signing.js";
import { settingsWith } from "../../support/settings.js";

const fapi = { profile: "fapi2", clientKey: signingKey("ES256").privateKey } as const;

describe("the option dpop", () => {
  test("binds nothing by default, nor when it says so", () => {
    expect(settingsWith().dpopAlgs).toBeUndefined();
    expect(settingsWith({ dpop: false }).dpopAlgs).toBeUndefined();
  });

  test("asks for small keys before large ones, or for the one that is named", () => {
    const { dpopAlgs } = settingsWith({ dpop: true });
    expect(dpopAlgs?.slice(0, 3)).toEqual(["ES256", "Ed25519", "EdDSA"]);
    expect(Object.isFrozen(dpopAlgs)).toBe(true);
    expect(settingsWith({ dpop: {} }).dpopAlgs).toEqual(dpopAlgs);
    expect(settingsWith({ dpop: { alg: "PS256" } }).dpopAlgs).toEqual(["PS256"]);
  });

  test.each<[object, RegExp]>([
    [{ dpop: "yes" }, /^dpop: must be an object with alg$/],
    [{ dpop: { algs: ["ES256"] } }, /^dpop\.algs: there is no such option; did you mean `alg`\?$/],
    [{ dpop: { alg: "HS256" } }, /^dpop\.alg: must be one of RS256/],
  ])("refuses %j", (options, problem) => {
    expect(problemsWith(options)).toEqual([expect.stringMatching(problem)]);
  });

  test("takes the place of a certificate under the profile fapi2, with its algorithms only", () => {
    expect(settingsWith({ ...fapi, dpop: true })).toMatchObject({
      certificateBoundTokens: false,
      dpopAlgs: ["ES256", "Ed25519", "EdDSA", "PS256"],
    });
    expect(problemsWith({ ...fapi, dpop: { alg: "PS256" } })).toEqual([]);
    expect(problemsWith({ ...fapi, dpop: { alg: "RS256" } })).toEqual([
      expect.stringMatching(
        /^dpop\.alg: must be one of PS256, ES256, EdDSA, Ed25519 with profile fapi2; leave it out$/,
      ),
    ]);
    expect(problemsWith({ ...fapi, dpop: false })).toEqual([expect.stringMatching(/^profile: fapi2 needs tokens/)]);
  });

  test("binds tokens to the key alone where TLS proves the client, unless both are asked for", () => {
    const byTls = { clientAuth: "tls_client_auth", http: { fetch } } as const;
    expect(settingsWith({ ...byTls, dpop: true }).certificateBoundTokens).toBe(false);
    expect(settingsWith({ ...byTls, dpop: true, certificateBoundTokens: true }).certificateBoundTokens).toBe(true);
  });
});
