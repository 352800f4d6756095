/**
 * Two instances in one app, each with a provider of its own: they share nothing, and an answer of one counts nothing at the other.
 * @module
 */
import { auth, oidcOf, requireAuth } from "express-oidc";
import session from "express-session";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Browser, Browser as NewBrowser } from "../../examples/demo/browser.js";
import { openServer } from "../../examples/demo/listen.js";
import { demoClient, type EmbeddedProvider, startProvider } from "../../examples/demo/provider.js";
import { appSecret, type RunningApp, sendJson, startApp, type TestApp } from "../support/app.js";
import { askToLogIn, codeOf, logInAtProvider, step } from "../support/journey.js";
import { people, signingKeys } from "../support/world.js";

interface Twins {
  readonly app: RunningApp;
  readonly staff: EmbeddedProvider;
  readonly guests: EmbeddedProvider;
  readonly browser: Browser;
}

/** `/staff` and `/guests`, each behind an instance of its own. */
async function openTwins(before?: (app: TestApp) => void): Promise<Twins> {
  const server = await openServer(0);
  const url = `http://localhost:${server.port}`;
  const jwks = await signingKeys();
  const [staff, guests] = await Promise.all(
    ["/staff", "/guests"].map((path) => startProvider({ clients: [demoClient(url + path)], configuration: { jwks } })),
  );
  if (staff === undefined || guests === undefined) throw new Error("No provider.");
  const { client_secret: clientSecret } = demoClient();
  const guestLogin = auth({
    issuer: guests.issuer,
    clientId: "demo-app",
    clientSecret,
    baseUrl: `${url}/guests`,
    secret: appSecret,
  });
  const app = await startApp({
    server,
    issuer: staff.issuer,
    mount: "/staff",
    before(testApp) {
      before?.(testApp);
      testApp.useAt("/guests", guestLogin);
      testApp.get("/guests/private", requireAuth(), (req, res) => sendJson(res, { guest: oidcOf(req).user?.sub }));
    },
  });
  onTestFinished(async () => {
    await app.close();
    await Promise.all([staff.close(), guests.close()]);
  });
  return { app, staff, guests, browser: new NewBrowser() };
}

async function signIn(
  { app, browser }: Twins,
  where: "staff" | "guests",
  person: keyof typeof people,
): Promise<unknown> {
  const page = await browser.get(`${app.url}/${where}/private`);
  return (page.forms.length > 0 ? await browser.submit(people[person]) : page).json();
}

const tokens = ({ calls }: EmbeddedProvider) => calls["/token"] ?? 0;

const ownSession = (app: TestApp) =>
  app.use(session({ secret: "the app's own secret", resave: false, saveUninitialized: false }) as never);

describe.each([
  ["sessions of their own", undefined],
  ["the app's session in common", ownSession],
])("two instances with %s", (_kind, before) => {
  let twins: Twins;
  // a fresh pair for each test: logins of one must not help the next
  const open = async () => {
    twins = await openTwins(before);
    return twins;
  };

  test("know their own people, side by side in one browser", async () => {
    await open();
    expect(await signIn(twins, "staff", "ada")).toEqual({ sub: "user-ada" });
    expect(await signIn(twins, "guests", "alan")).toEqual({ guest: "user-alan" });
    const { app, browser } = twins;
    expect((await step(browser, `${app.url}/staff/private`)).json()).toEqual({ sub: "user-ada" });
    expect((await step(browser, `${app.url}/guests/private`)).json()).toEqual({ guest: "user-alan" });
  });

  test("do not let a login at one count at the other", async () => {
    const { app, browser, guests } = await open();
    await signIn(twins, "staff", "ada");
    const answer = await step(browser, `${app.url}/guests/private`);
    expect(answer.redirect?.origin).toBe(guests.issuer);
  });

  test("end their logins each on its own", async () => {
    const { app, browser } = await open();
    await signIn(twins, "staff", "ada");
    await signIn(twins, "guests", "alan");
    await step(browser, `${app.url}/staff/logout`);
    expect((await step(browser, `${app.url}/staff/private`)).status).toBe(302);
    expect((await step(browser, `${app.url}/guests/private`)).json()).toEqual({ guest: "user-alan" });
  });
});

describe("an answer of the wrong provider", () => {
  let twins: Twins;
  let attacked: URL;
  let answer: URL;

  /** A login at `/staff` is under way, and the guests' provider has given a code for a login of its own. */
  async function prepare(): Promise<void> {
    twins = await openTwins();
    const { app, browser } = twins;
    attacked = await askToLogIn(browser, `${app.url}/staff/private`);
    answer = await logInAtProvider(browser, await askToLogIn(browser, `${app.url}/guests/private`), "alan");
  }

  test("under the state of the other login is refused, and its code goes to neither provider", async () => {
    await prepare();
    const mixed = new URL(`${twins.app.url}/staff/callback`);
    mixed.search = answer.search;
    mixed.searchParams.set("state", attacked.searchParams.get("state") ?? "");
    const refused = await step(twins.browser, mixed);
    expect([refused.status, codeOf(refused)]).toEqual([400, "OIDC_LOGIN_RESPONSE_INVALID"]);
    expect([tokens(twins.staff), tokens(twins.guests)]).toEqual([0, 0]);
  });

  test("at the other callback, with its own state, belongs to no login there", async () => {
    await prepare();
    const mixed = new URL(`${twins.app.url}/staff/callback`);
    mixed.search = answer.search;
    const restarted = await step(twins.browser, mixed);
    expect(restarted.redirect?.origin).toBe(twins.staff.issuer);
    expect([tokens(twins.staff), tokens(twins.guests)]).toEqual([0, 0]);
  });
});
