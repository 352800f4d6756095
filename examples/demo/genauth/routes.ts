/**
 * What GenAuth answers beside oidc-provider: userinfo of the protocol oauth, and the easy logout.
 * @module
 */
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { type Request, Router } from "express";
import type { Provider } from "oidc-provider";
import { findBySubject } from "../provider/accounts.js";
import { claimsOf } from "./claims.js";
import { nameOf, type TokenKey } from "./tokens.js";

/** The routes, which wait for the provider that they ask. */
export interface GenauthRoutes {
  readonly router: Router;
  /** Says which provider knows tokens and sessions. */
  readonly answerWith: (provider: Provider) => void;
}

/** What the routes work with. */
export interface RoutesSetup {
  /** The addresses that a logout may lead to. */
  readonly registered: readonly string[];
  /** Is told the tenant of each login. */
  readonly tenants: (string | undefined)[];
  readonly key: TokenKey;
}

/** Makes the routes. */
export function genauthRoutes({ registered, tenants, key }: RoutesSetup): GenauthRoutes {
  const router = Router();
  router.get(["/oidc/auth", "/oauth/auth"], (req, _res, next) => {
    const { tenant_id: tenant } = req.query;
    tenants.push(typeof tenant === "string" ? tenant : undefined);
    next();
  });
  // oidc-provider refuses to look at a JWT here; GenAuth does not
  router.post(["/oidc/token/introspection", "/oidc/token/revocation"], async (req, _res, next) => {
    const form = new URLSearchParams((await buffer(req)).toString());
    form.set("token", await nameOf(form.get("token") ?? "", key));
    replaceBody(req, Buffer.from(form.toString()));
    next();
  });
  return {
    router,
    answerWith(provider) {
      router.all("/oauth/me", async (req, res) => {
        const token = await provider.AccessToken.find(tokenOf(req));
        const account = token?.isValid ? findBySubject(token.accountId) : undefined;
        if (account === undefined) res.status(401).set("WWW-Authenticate", 'Bearer error="invalid_token"').end();
        else res.json(claimsOf(account));
      });
      router.get("/login/profile/logout", async (req, res) => {
        const session = await provider.Session.get(provider.createContext(req, res));
        await session.destroy();
        const { redirect_uri: to } = req.query;
        if (typeof to !== "string") res.type("text").send("You are signed out.");
        else if (registered.includes(to)) res.redirect(to);
        else res.status(400).type("text").send("This address is not registered as a logout callback URL.");
      });
    },
  };
}

function tokenOf({ headers }: Request): string {
  return (headers.authorization ?? "").replace(/^Bearer /i, "");
}

/** Gives a request that has been read another body to be read. */
function replaceBody(req: Request, body: Buffer): void {
  req.headers["content-length"] = String(body.length);
  Object.defineProperties(req, {
    readable: { value: true },
    iterator: { value: () => Readable.from([body]).iterator() },
  });
}
