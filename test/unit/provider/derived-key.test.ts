import { exportJWK, importJWK, jwtVerify, SignJWT } from "jose";
import { describe, expect, test } from "vitest";
import { boundProofsFrom } from "../../../src/provider/authorize.js";
import { deriveKey } from "../../../src/provider/derived-key.js";

const algs = ["ES256", "ES384", "ES512", "Ed25519", "EdDSA"] as const;
const seeds = Array.from({ length: 50 }, (_, index) => `seed ${index}`);

describe("a key that follows from a seed", () => {
  test.each(algs)("is the same each time, and another one for each seed: %s", (alg) => {
    const keys = seeds.map((seed) => deriveKey(seed, alg));
    expect(seeds.map((seed) => deriveKey(seed, alg))).toEqual(keys);
    expect(new Set(keys.map((key) => key?.d)).size).toBe(seeds.length);
    expect(new Set(keys.map((key) => key?.x)).size).toBe(seeds.length);
  });

  test.each(algs)("signs what its public half verifies: %s", async (alg) => {
    const { d: _private, ...publicJwk } = deriveKey("a seed", alg) ?? {};
    const signed = await new SignJWT({ a: 1 })
      .setProtectedHeader({ alg })
      .sign(await importJWK(deriveKey("a seed", alg) ?? {}, alg));
    expect((await jwtVerify(signed, await importJWK(publicJwk, alg))).payload).toEqual({ a: 1 });
  });

  test.each(["ES256", "ES384", "ES512"])("has members as long as RFC 7518 wants them: %s", async (alg) => {
    const bytes = { ES256: 32, ES384: 48, ES512: 66 }[alg];
    for (const seed of seeds) {
      const key = deriveKey(seed, alg);
      for (const part of [key?.x, key?.y, key?.d])
        expect(Buffer.from(part ?? "", "base64url")).toHaveLength(bytes ?? 0);
    }
  });

  test("is another one for each algorithm", () => {
    expect(deriveKey("a seed", "EdDSA")?.d).not.toBe(deriveKey("a seed", "Ed25519")?.d);
  });

  test.each(["RS256", "PS512", "none", "toString"])("is none with %s", (alg) => {
    expect(deriveKey("a seed", alg)).toBeUndefined();
  });

  test("is not that of the verifier, which the provider gets to see", async () => {
    const { verifier, seed = "" } = boundProofsFrom("a seed of a login", "");
    expect(verifier).toMatch(/^[\w-]{43}$/);
    expect(deriveKey(verifier, "ES256")).not.toEqual(deriveKey(seed, "ES256"));
    expect(
      await exportJWK(await importJWK(deriveKey(seed, "ES256") ?? {}, "ES256", { extractable: true })),
    ).toHaveProperty("d");
  });
});
