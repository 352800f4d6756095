import { createServer, type IncomingMessage } from "node:http";
import express from "express";
import {
  type AccessTokenClaims,
  type BearerAuth,
  BearerError,
  type BearerMiddleware,
  type ChooseIssuer,
  type IssuerMetadata,
  type ProviderMetadata,
  type RequireBearerOptions,
  requireBearer,
  wildcardScope,
} from "express-oidc";
import { describe, expect, expectTypeOf, test } from "vitest";

/** The types are judged by the compiler (`npm run check`); what is run here is only what costs nothing. */
type Issuer = NonNullable<RequireBearerOptions["issuer"]>;

describe("types: requireBearer()", () => {
  test("takes an issuer by its URL, by its metadata without what only a client needs, by a list, or by a function", () => {
    expectTypeOf<string>().toExtend<Issuer>();
    expectTypeOf<{ issuer: string; jwks_uri: string }>().toExtend<Issuer>();
    expectTypeOf<ProviderMetadata>().toExtend<IssuerMetadata>();
    expectTypeOf<readonly (string | IssuerMetadata)[]>().toExtend<Issuer>();
    expectTypeOf<(name: string) => Promise<string | null>>().toExtend<ChooseIssuer>();
    expectTypeOf<(name: string) => undefined>().toExtend<Issuer>();
    expectTypeOf<{ jwks_uri: string }>().not.toExtend<Issuer>();
    expectTypeOf<number>().not.toExtend<Issuer>();
  });

  test("has rules for claims that see an access token's", () => {
    expectTypeOf<(claims: AccessTokenClaims) => boolean>().toExtend<NonNullable<RequireBearerOptions["claims"]>>();
    expectTypeOf<{ tenant: string; level: (value: unknown) => boolean }>().toExtend<
      NonNullable<RequireBearerOptions["claims"]>
    >();
    expectTypeOf(wildcardScope).toExtend<NonNullable<RequireBearerOptions["scopeMatches"]>>();
  });

  test("gives middleware for Express, and a judge for everything else", () => {
    const guard = requireBearer({ issuer: "https://id.example", audience: "orders" });
    expectTypeOf(guard).toEqualTypeOf<BearerMiddleware>();
    expectTypeOf<BearerMiddleware["authenticate"]>().toEqualTypeOf<(req: IncomingMessage) => Promise<BearerAuth>>();
    const app = express().use(guard);
    app.get("/", guard, (req, res) => {
      expectTypeOf(req.auth).toEqualTypeOf<BearerAuth | undefined>();
      expectTypeOf(req.auth?.claims.exp).toEqualTypeOf<number | undefined>();
      res.end();
    });
    createServer((req, res) => guard(req, res, () => res.end()));
    expect(new BearerError("OIDC_BEARER_MISSING", "x").status).toBe(401);
  });
});
