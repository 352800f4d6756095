import { describe, expect, test, vi } from "vitest";
import { fetchJson } from "../../../src/provider/transport.js";
import { problemsWith } from "../../support/problems.js";
import { settingsWith } from "../../support/settings.js";

describe("a document of the provider", () => {
  test("is not fetched in the clear from a provider that is on https", async () => {
    const fetch = vi.fn();
    const settings = settingsWith({ issuer: "https://id.example", http: { fetch } });
    const asked = fetchJson(settings, "http://id.example/jwks", "the key request");
    await expect(asked).rejects.toMatchObject({ code: "OIDC_PROVIDER_RESPONSE_INVALID", status: 502 });
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe("options that can't be right", () => {
  test.each<[object, RegExp]>([
    [{ issuer: "https://id.example/.well-known/oauth-authorization-server" }, /^issuer: must be the issuer itself/],
    [{ authorizationParams: { max_age: "abc" } }, /^authorizationParams\.max_age: must be a whole number/],
    [{ session: { cookie: { domain: "other.example" } } }, /^session\.cookie\.domain: must be the host/],
    [{ session: { cookie: { path: "/elsewhere" } } }, /^session\.cookie\.path: must be a path that holds/],
  ])("are told at construction: %j", (options, problem) => {
    expect(problemsWith(options)).toEqual([expect.stringMatching(problem)]);
  });
});
