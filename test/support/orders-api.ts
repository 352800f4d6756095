/**
 * An API that guards its orders by tokens that are bound to something, and the routes of an app that calls it for whoever is logged in.
 * @module
 */
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { oidcOf, type RequireBearerOptions, requireAuth, requireBearer } from "express-oidc";
import { onTestFinished } from "vitest";
import { whatIsShown } from "./api-world.js";
import { createApp, sendJson, type TestApp } from "./app.js";
import { answerWith } from "./scripted-world.js";

/** What the API is called in tokens. */
export const ordersAudience = "https://orders.example";

/** How oidc-provider makes tokens for it. */
export const ordersFeature = {
  enabled: true,
  getResourceServerInfo: () => ({
    scope: "orders:read",
    audience: ordersAudience,
    accessTokenFormat: "jwt",
    // the key that the provider has
    jwt: { sign: { alg: "PS256" } },
  }),
};

/** The running API. */
export interface OrdersApi {
  /** One of its resources. */
  readonly url: string;
}

/** Starts it; with a certificate it speaks https. It ends with the test. */
export async function startOrdersApi(
  guard: RequireBearerOptions,
  { tls, host = "127.0.0.1" }: { readonly tls?: ServerOptions; readonly host?: string } = {},
): Promise<OrdersApi> {
  const { app, listener } = createApp("express5", []);
  let answer: ReturnType<typeof listener> | undefined;
  const listen: Parameters<typeof createServer>[1] = (req, res) => answer?.(req, res);
  const server: Server = tls === undefined ? createServer(listen) : createTlsServer(tls, listen);
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `${tls === undefined ? "http" : "https"}://${host}:${(server.address() as AddressInfo).port}`;
  app.use(requireBearer({ audience: ordersAudience, baseUrl: origin, ...guard }));
  app.use((req, res) => sendJson(res, whatIsShown(req)));
  answer = listener();
  return { url: `${origin}/orders?page=1` };
}

/** Routes of an app: `/orders` calls the API at `at.url`; `/orders-token` shows the token for it. */
export function addOrderRoutes(app: TestApp, at: { readonly url: string }): void {
  const target = { resource: ordersAudience, scope: "orders:read" };
  const call = async (req: Parameters<typeof oidcOf>[0]) => {
    const response = await oidcOf(req).fetch(at.url, {}, target);
    return { status: response.status, body: await response.json() };
  };
  app.get("/orders", requireAuth(), answerWith(call));
  app.get(
    "/orders-token",
    requireAuth(),
    answerWith(async (req) => ({ token: await oidcOf(req).getAccessToken(target) })),
  );
}
