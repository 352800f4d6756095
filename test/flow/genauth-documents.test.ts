/**
 * GenAuth's documents, one by one: every mode, endpoint and sample, whether it works and how. The last test prints the table.
 * @module
 */
import { AuthenticationClient, genauth } from "express-oidc/genauth";
import { describe, expect, test } from "vitest";
import { documentRows, type Row, stateOf } from "../support/genauth-documents.js";
import { sampleNames } from "../support/genauth-samples.js";

describe.each(documentRows)("$of: $what", ({ how, proofs }: Row) => {
  test.each(proofs)(`$name: ${how}`, async ({ run }) => {
    await run();
  });
});

describe("the table of the documents", () => {
  const texts = documentRows.map(({ what, how }) => `${what} ${how}`);
  const missingOf = (things: readonly string[]) =>
    things.filter((thing) => !texts.some((text) => text.includes(thing)));

  test("has every sample, and no other", () => {
    const named = documentRows.flatMap(({ sample }) => sample ?? []);
    expect([...named].sort()).toEqual([...sampleNames].sort());
  });

  test("has every method of AuthenticationClient", () => {
    const methods = Object.getOwnPropertyNames(AuthenticationClient.prototype).filter((name) => name !== "constructor");
    expect(missingOf(methods)).toEqual([]);
  });

  test("has every mode and every response type of the documents", () => {
    const modes = [
      "Authorization code",
      "Authorization code + PKCE",
      "Implicit",
      "Hybrid",
      "Client credentials",
      "Password",
    ];
    const types = ["code token", "code id_token", "code id_token token", "id_token token", "id_token", "token"];
    expect(missingOf(modes.map((mode) => `Mode: ${mode}`))).toEqual([]);
    expect(missingOf(types.map((type) => `response_type=${type}`))).toEqual([]);
  });

  test.each(["oidc", "oauth"] as const)("has every endpoint of the protocol %s", (protocol) => {
    const { issuer } = genauth({
      appId: "a",
      appHost: "https://h.example",
      redirectUri: "https://r.example/callback",
      protocol,
    });
    const urls = Object.entries(issuer ?? {}).flatMap(([name, url]) =>
      /_(endpoint|uri)$/.test(name) ? [String(url)] : [],
    );
    expect(missingOf([...urls.map((url) => new URL(url).pathname), "/login/profile/logout"])).toEqual([]);
  });

  test("reads like this", () => {
    const lines = documentRows.map((row) => [row.of, row.what, stateOf(row), row.how]);
    const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
    const text = lines.map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(" | ")
        .trimEnd(),
    );
    console.log(text.join("\n"));
    expect(lines.length).toBeGreaterThan(sampleNames.length);
  });
});
