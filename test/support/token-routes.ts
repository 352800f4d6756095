/**
 * Routes of an app that ask the provider for something in every way that needs a proof of the client.
 * @module
 */
import { oidcOf, requireAuth } from "express-oidc";
import { expect } from "vitest";
import type { TestApp } from "./app.js";
import { answerWith } from "./scripted-world.js";
import type { World } from "./world.js";

/** Adds `/refresh`, `/introspect`, `/revoke`, `/me` and `/granted`. */
export function addProviderRoutes(app: TestApp): void {
  const routes: Readonly<Record<string, Parameters<typeof answerWith>[0]>> = {
    "/refresh": async (req) => ({ isNew: (await oidcOf(req).refresh()) !== "" }),
    "/introspect": async (req) => ({ active: (await oidcOf(req).introspect("refresh_token")).active }),
    "/revoke": async (req) => ({ revoked: (await oidcOf(req).revoke()) === undefined }),
    "/me": async (req) => ({ sub: (await oidcOf(req).userinfo()).sub }),
    "/granted": (req) => ({ details: oidcOf(req).authorizationDetails }),
  };
  for (const [path, work] of Object.entries(routes)) app.get(path, requireAuth(), answerWith(work));
}

/** A login, a renewal, userinfo, an introspection and a revocation: all that a client must prove itself for. */
export async function goThroughAll(world: World): Promise<void> {
  const browser = world.newBrowser();
  const answers: unknown[] = [(await world.signIn(browser)).json()];
  for (const path of ["/refresh", "/me", "/introspect", "/revoke", "/introspect"]) {
    answers.push((await browser.get(world.baseUrl + path)).json());
  }
  const sub = "user-ada";
  expect(answers).toEqual([{ sub }, { isNew: true }, { sub }, { active: true }, { revoked: true }, { active: false }]);
  expect(world.app.errors).toEqual([]);
}
