/**
 * What an API tells the world about itself, so that a client which knows nothing but its address finds out whom to ask for a token (RFC 9728).
 * @module
 */
import { auth, type RequireBearerOptions, requireAuth, requireBearer, resourceMetadata } from "express-oidc";
import { allowInsecureRequests, processResourceDiscoveryResponse, resourceDiscoveryRequest } from "oauth4webapi";
import { describe, expect, onTestFinished, test } from "vitest";
import { openServer } from "../../examples/demo/listen.js";
import { codesOf, refusalIn, whatIsShown } from "../support/api-world.js";
import { appSecret, createApp, type Framework, frameworks, sendJson, type TestApp } from "../support/app.js";
import { type Asking, ask } from "../support/asking.js";
import { allAlgs } from "../support/dpop-caller.js";
import { problemsIn } from "../support/problems.js";
import { type ScriptedProvider, startScriptedProvider } from "../support/scripted-provider.js";

const wellKnown = "/.well-known/oauth-protected-resource";

interface Described {
  readonly framework?: Framework;
  /** The path of the resource, and its query. */
  readonly path?: string;
  readonly guard?: RequireBearerOptions;
  /** Mounts the metadata, where it is not mounted as usual. */
  readonly mount?: (app: TestApp, api: ReturnType<typeof requireBearer>, issuer: ScriptedProvider) => void;
}

/** An API that describes itself, at the address that is its name. */
async function startDescribed({ framework = "express5", path = "/orders", guard, mount }: Described = {}) {
  const issuer = await startScriptedProvider();
  const server = await openServer(0);
  onTestFinished(server.close);
  const url = `http://localhost:${server.port}`;
  const resource = url + path;
  const errors: unknown[] = [];
  const { app, listener } = createApp(framework, errors);
  const api = requireBearer({ issuer: issuer.issuer, resource, ...guard });
  if (mount === undefined) app.use(resourceMetadata(api));
  else mount(app, api, issuer);
  app.use(api);
  app.get("/writing", requireBearer({ scope: "write" }), (req, res) => sendJson(res, whatIsShown(req)));
  app.use((req, res) => sendJson(res, whatIsShown(req)));
  server.answerWith(listener());
  const asking = (at: string, how?: Asking) => ask(at.startsWith("/") ? url + at : at, how);
  return { url, resource, issuer, errors, ask: asking, read: async () => (await asking(wellKnown + path)).json() };
}

/** The address that a challenge leads to. */
function linkIn(challenge: string | null): string {
  return /resource_metadata="([^"]*)"/.exec(challenge ?? "")?.[1] ?? "";
}

describe("an API with a name of its own", () => {
  test.each(["", "/orders", "/tenants/7/orders/", "/orders?tenant=7"])(
    "that ends with '%s' leads from its challenge to a document that says the same name",
    async (path) => {
      const api = await startDescribed({ path });
      const link = linkIn((await api.ask("/")).headers.get("www-authenticate"));
      expect(link).toBe(api.url + wellKnown + path);
      expect((await api.ask(link)).json()).toEqual({
        resource: api.resource,
        authorization_servers: [api.issuer.issuer],
        bearer_methods_supported: ["header"],
      });
    },
  );

  test("is for tokens of that name, unless audience says otherwise", async () => {
    const api = await startDescribed();
    const call = async (aud: string) =>
      (await api.ask("/", { headers: { authorization: `Bearer ${await api.issuer.accessToken({ aud })}` } })).status;
    expect(await call(api.resource)).toBe(200);
    expect(await call("https://other.example")).toBe(401);
    const other = await startDescribed({ guard: { audience: "an-audience" } });
    const token = await other.issuer.accessToken({ aud: "an-audience" });
    expect((await other.ask("/", { headers: { authorization: `Bearer ${token}` } })).status).toBe(200);
  });

  test("leads there from every challenge, that of a guard further in included", async () => {
    const { ask: asking, resource, url, issuer } = await startDescribed();
    const token = await issuer.accessToken({ aud: resource });
    const link = `resource_metadata="${url}${wellKnown}/orders"`;
    const challengeOf = async (authorization: string, path = "/") =>
      refusalIn(await asking(path, { headers: { authorization } })).challenge;
    expect(await challengeOf("Bearer not-a-token")).toMatch(new RegExp(`error="invalid_token", .*${link}$`));
    expect(await challengeOf("Bearer a b")).toMatch(new RegExp(`error="invalid_request", .*${link}$`));
    expect(await challengeOf(`Bearer ${token}`, "/writing")).toContain(`scope="write", ${link}`);
  });
});

describe("the document about an API", () => {
  test.each(frameworks)("is there for everybody on %s: other sites may read it, caches keep it", async (framework) => {
    const api = await startDescribed({ framework });
    const answer = await api.ask(`${wellKnown}/orders?fresh=1`, { headers: { origin: "https://other.example" } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("cache-control")).toBe("public, max-age=3600");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  });

  test("is accepted by the library that openid-client is built on", async () => {
    const api = await startDescribed();
    const identifier = new URL(api.resource);
    const response = await resourceDiscoveryRequest(identifier, { [allowInsecureRequests]: true });
    expect(await processResourceDiscoveryResponse(identifier, response)).toMatchObject({ resource: api.resource });
  });

  test("lists the scopes of all guards, how a token may be sent, and what people should know", async () => {
    const api = await startDescribed({
      guard: { scope: "read", formField: true },
      mount(app, guard) {
        const writing = requireBearer({ scope: ["read", "write"] });
        const either = requireBearer({ anyScope: "admin support" });
        app.use(
          resourceMetadata(guard, writing, either, {
            name: "Orders",
            documentation: "https://shop.example/docs",
            policy: "https://shop.example/privacy",
            terms: "https://shop.example/terms",
          }),
        );
      },
    });
    expect(await api.read()).toEqual({
      resource: api.resource,
      authorization_servers: [api.issuer.issuer],
      scopes_supported: ["read", "write", "admin", "support"],
      bearer_methods_supported: ["header", "body"],
      resource_name: "Orders",
      resource_documentation: "https://shop.example/docs",
      resource_policy_uri: "https://shop.example/privacy",
      resource_tos_uri: "https://shop.example/terms",
    });
  });

  test("is found below a mount, where Express cuts the path", async () => {
    const paths = ["/.well-known", `${wellKnown}/orders`];
    for (const path of paths) {
      const api = await startDescribed({ mount: (app, guard) => app.useAt(path, resourceMetadata(guard)) });
      expect(await api.read()).toMatchObject({ resource: api.resource });
    }
  });

  test("has no body for HEAD, and the same length", async () => {
    const api = await startDescribed();
    const [got, head] = [
      await api.ask(`${wellKnown}/orders`),
      await api.ask(`${wellKnown}/orders`, { method: "HEAD" }),
    ];
    expect([head.status, head.text]).toEqual([200, ""]);
    expect(head.headers.get("content-length")).toBe(got.headers.get("content-length"));
  });

  test("lets a page of another site ask with headers of its own", async () => {
    const api = await startDescribed();
    const headers = { origin: "https://other.example", "access-control-request-method": "GET" };
    const answer = await api.ask(`${wellKnown}/orders`, { method: "OPTIONS", headers });
    expect([answer.status, answer.text]).toEqual([204, ""]);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-headers")).toBe("*");
    expect(answer.headers.get("access-control-allow-methods")).toContain("GET");
  });

  test.each(["POST", "PUT", "DELETE"])("can't be asked for with %s", async (method) => {
    const answer = await (await startDescribed()).ask(`${wellKnown}/orders`, { method });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
  });

  test.each([
    wellKnown,
    `${wellKnown}/`,
    `${wellKnown}/orders/`,
    `${wellKnown}/orders/7`,
    `${wellKnown}/ORDERS`,
    "/orders",
  ])("is not at %s, which goes on to the app", async (path) => {
    expect((await (await startDescribed()).ask(path)).status).toBe(401);
  });

  test("is not at the address of another query, where the name of the API has one", async () => {
    const api = await startDescribed({ path: "/orders?tenant=7" });
    expect((await api.ask(`${wellKnown}/orders?tenant=8`)).status).toBe(401);
  });
});

describe("the issuers of an API", () => {
  test("are named as their own metadata names them", async () => {
    const api = await startDescribed();
    api.issuer.script.metadata = { issuer: `${api.issuer.issuer}/` };
    expect(await api.read()).toMatchObject({ authorization_servers: [`${api.issuer.issuer}/`] });
  });

  test("are all named where there are several, each once", async () => {
    const second = await startScriptedProvider();
    const api = await startDescribed({
      mount(app, guard, issuer) {
        const both = requireBearer({ issuer: [issuer.issuer, second.issuer], audience: "orders" });
        app.use(resourceMetadata(guard, both));
      },
    });
    expect(await api.read()).toMatchObject({ authorization_servers: [api.issuer.issuer, second.issuer] });
  });

  test("are named as the options name them while they are away, which no cache keeps", async () => {
    const api = await startDescribed();
    await api.issuer.stop();
    const answer = await api.ask(`${wellKnown}/orders`);
    expect(answer.json()).toMatchObject({ authorization_servers: [api.issuer.issuer] });
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });

  test("are left out where the app chooses them", async () => {
    const api = await startDescribed({ guard: { issuer: () => undefined } });
    expect(await api.read()).toEqual({ resource: api.resource, bearer_methods_supported: ["header"] });
  });

  test("are the provider of auth(), where the guard leaves that to it", async () => {
    const api = await startDescribed({
      mount(app, _guard, { registration }) {
        app.use(auth({ ...registration, baseUrl: "http://localhost:9", secret: appSecret }));
        app.use(resourceMetadata(requireBearer({ resource: "http://localhost:9/orders" })));
      },
    });
    expect(await api.read()).toMatchObject({ authorization_servers: [api.issuer.issuer] });
  });

  test("are nobody's where there is no auth() before it, and the app's error handler hears of it", async () => {
    const resource = "http://localhost:9/orders";
    const api = await startDescribed({ mount: (app) => app.use(resourceMetadata(requireBearer({ resource }))) });
    expect((await api.ask(`${wellKnown}/orders`)).status).toBe(500);
    expect(codesOf(api.errors)).toEqual(["OIDC_BEARER_NOT_MOUNTED"]);
  });

  test("who answer late don't disturb what the app has answered meanwhile", async () => {
    const api = await startDescribed({
      mount(app, guard) {
        app.use((_req, res, next) => {
          setTimeout(() => sendJson(res, { late: true }, 503), 50);
          next();
        });
        app.use(resourceMetadata(guard));
      },
    });
    const held = api.issuer.hold("discovery");
    const answer = await api.ask(`${wellKnown}/orders`);
    held.release();
    expect(answer.status).toBe(503);
    expect(api.errors).toEqual([]);
  });
});

describe("the name of an API", () => {
  const naming = (resource: unknown) =>
    problemsIn(() => requireBearer({ issuer: "https://id.example", resource } as RequireBearerOptions));

  test.each(["https://api.example.com", "https://api.example.com/mcp?x=1", "http://127.0.0.1:3000/mcp"])(
    "may be %s",
    (resource) => {
      expect(naming(resource)).toEqual([]);
    },
  );

  test.each([
    ["orders", "must be an absolute URL"],
    ["http://api.example.com/orders", "must be https"],
    ["https://api.example.com/#orders", "fragment"],
    ["https://api.example.com/orders#", "without fragment"],
    ["https://me@api.example.com/orders", "without user name"],
    ["https://api.example.com/orders?a\\b", "without backslashes"],
    [`https://api.example.com/${"x".repeat(500)}`, "at most 400 characters"],
    [42, "must be an absolute URL"],
  ])("can't be %s", (resource, rule) => {
    expect(naming(resource).join("\n")).toMatch(new RegExp(`^requireBearer resource: .*${rule}`));
  });

  test("may be http with insecureHttp", () => {
    const options = { issuer: "https://id.example", resource: "http://api.example.com", insecureHttp: true };
    expect(problemsIn(() => requireBearer(options))).toEqual([]);
  });
});

describe("describing an API", () => {
  const resource = "https://api.example.com/orders";
  const issuer = "https://id.example.com";
  const api = requireBearer({ issuer, resource });

  test.each([
    ["without a guard", () => resourceMetadata(), /needs a guard with the option `resource`/],
    [
      "that has no name",
      () => resourceMetadata(requireBearer({ issuer, audience: "a" })),
      /needs a guard with the option/,
    ],
    [
      "by a guard of browsers",
      () => resourceMetadata(api, requireAuth() as typeof api),
      /guards that requireBearer\(\) has made/,
    ],
    [
      "by two names",
      () => resourceMetadata(api, requireBearer({ issuer, resource: `${resource}2` })),
      /call it once for each/,
    ],
    ["with an option that there is not", () => resourceMetadata(api, { nam: "x" } as object), /did you mean `name`\?/],
    ["by no text", () => resourceMetadata(api, { name: 7 } as object), /resourceMetadata name: must be a text/],
    [
      "on a page that is none",
      () => resourceMetadata(api, { terms: "/terms" }),
      /terms: must be the address of a page/,
    ],
  ])("%s is refused, and says what to write", (_what, describing, rule) => {
    expect(problemsIn(describing)).toEqual([expect.stringMatching(rule)]);
  });

  test("without the call is told at the first request", async () => {
    const uncalled = await startDescribed({ mount: (app) => app.use(resourceMetadata as never) });
    expect((await uncalled.ask("/")).status).toBe(500);
    expect(String(uncalled.errors[0])).toContain("write resourceMetadata(guard)");
  });
});

describe("how tokens are bound to who brings them", () => {
  test.each([
    [true, { dpop_signing_alg_values_supported: allAlgs.split(" ") }],
    [
      { algs: ["ES256"], required: true },
      { dpop_signing_alg_values_supported: ["ES256"], dpop_bound_access_tokens_required: true },
    ],
    [false, {}],
  ])("is said where the guard takes proofs: dpop %j", async (dpop, members) => {
    const api = await startDescribed({ guard: { dpop, baseUrl: "https://api.example.com" } });
    expect(await api.read()).toEqual({
      resource: api.resource,
      authorization_servers: [api.issuer.issuer],
      bearer_methods_supported: ["header"],
      ...members,
    });
  });
});
