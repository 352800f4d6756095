/**
 * Logging out in Chromium: what forms, the back button, prefetches and other sites really do.
 * @module
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newVisitor, startChromium, takePicture, type Visitor } from "../support/chromium.js";
import { type Arrival, type DemoWorld, startDemoWorld } from "../support/demo-world.js";

let chromium: Browser;
let demo: DemoWorld;
let visitor: Visitor;
let page: Page;

beforeAll(async () => {
  [chromium, demo] = await Promise.all([startChromium(), startDemoWorld()]);
});
afterAll(async () => {
  await chromium.close();
  await demo.close();
});
beforeEach(async () => {
  visitor = await newVisitor(chromium);
  page = visitor.page;
  await page.goto(`${demo.url}/login?returnTo=/private`);
  await page.getByLabel("Login").fill("ada");
  await page.getByLabel("Password").fill("lovelace");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL(`${demo.url}/private`);
  demo.arrivals.length = 0;
});
afterEach(() => visitor.context.close());

/** Waits until the provider has sent the person back, signed out. */
async function seeFarewell(): Promise<void> {
  await page.waitForURL(`${demo.url}/`);
  expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("A login in one line");
}

/** Whether the browser still holds a login. Asked without the page, which stays as it is. */
async function isSignedIn(): Promise<boolean> {
  return (await visitor.context.request.get(`${demo.url}/api/me`)).status() === 200;
}

function sessionsEnded(): number {
  return demo.provider.calls["/session/end/confirm"] ?? 0;
}

function arrivalsAt(path: string): Arrival[] {
  return demo.arrivals.filter((arrival) => arrival.path === path);
}

describe("a person logs out", () => {
  test("by a form, under a policy that lets forms go to the app only", async () => {
    await page.goto(demo.url);
    const before = sessionsEnded();
    await page.getByRole("button", { name: "Log out by form" }).click();
    await seeFarewell();
    expect(arrivalsAt("/").at(0)?.status).toBe(200);
    const policy = (await visitor.context.request.get(demo.url)).headers()["content-security-policy"];
    expect(policy).toContain("form-action 'self'");
    expect([sessionsEnded() - before, await isSignedIn()]).toEqual([1, false]);
    expect(visitor.complaints).toEqual([]);
  });

  test("by a link", async () => {
    const before = sessionsEnded();
    await page.getByRole("link", { name: "Log out" }).click();
    await seeFarewell();
    expect([sessionsEnded() - before, await isSignedIn()]).toEqual([1, false]);
    expect(visitor.complaints).toEqual([]);
  });

  test("with scripts turned off, by the button at the provider", async () => {
    await visitor.context.route("**/submit.js", (route) => route.abort());
    await page.goto(`${demo.url}/call`);
    await page.getByRole("link", { name: "Log out" }).click();
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    await takePicture(page, "sign-out-at-the-provider");
    await page.getByRole("button", { name: "Sign out" }).click();
    await seeFarewell();
  });
});

describe("the back button", () => {
  /** Has the page tell when it is shown again just as it was left. */
  const tellWhenKept = "addEventListener('pageshow', ({ persisted }) => persisted && fetch('/kept'))";

  async function goBack(): Promise<void> {
    // a page that was kept does not load again
    await page.goBack({ waitUntil: "commit" });
    await page.waitForFunction("document.readyState === 'complete'");
  }

  test("brings an open page back as it was left: this browser does keep pages", async () => {
    demo.addPage("app", "/one", "<p>one</p>");
    await page.goto(`${demo.url}/one`);
    await page.evaluate(tellWhenKept);
    await page.goto(`${demo.url}/public`);
    await goBack();
    await expect.poll(() => arrivalsAt("/kept").length).toBe(1);
  });

  test("shows nothing private after the logout", async () => {
    await page.evaluate(tellWhenKept);
    await page.getByRole("link", { name: "Log out" }).click();
    await seeFarewell();
    const seen: (string | null)[] = [];
    for (let count = 0; count < 3 && !arrivalsAt("/private").some(({ status }) => status === 302); count += 1) {
      await goBack();
      seen.push(await page.locator("body").textContent());
    }
    expect(seen.at(-1)).toMatch(/Sign in\s+to go on to/);
    expect(seen.filter((text) => /Ada Lovelace|signed in see this/.test(text ?? ""))).toEqual([]);
    expect(arrivalsAt("/kept")).toEqual([]);
  });
});

describe("a page that loads ahead what its visitor may open next", () => {
  const rules = JSON.stringify({
    prefetch: [{ urls: ["/login?speculated", "/logout?speculated"], eagerness: "immediate" }],
    prerender: [{ urls: ["/login?rendered", "/logout?rendered"], eagerness: "immediate" }],
  });

  test("begins no login and ends none", async () => {
    const links = ["login", "logout"].map((path) => `<link rel="prefetch" href="/${path}?linked">`).join("");
    demo.addPage("app", "/ahead", `${links}<script type="speculationrules">${rules}</script><p>ahead</p>`);
    const logins = demo.provider.calls["/auth"];
    await page.goto(`${demo.url}/ahead`);
    for (const path of ["/login", "/logout"]) {
      await expect.poll(() => arrivalsAt(path).length, { timeout: 5000 }).toBeGreaterThanOrEqual(2);
    }
    const arrivals = [...arrivalsAt("/login"), ...arrivalsAt("/logout")];
    expect(arrivals.map(({ headers }) => headers["sec-purpose"])).toContain("prefetch");
    await expect.poll(() => arrivals.map(({ status }) => status)).toEqual(arrivals.map(() => 403));
    expect([await isSignedIn(), demo.provider.calls["/auth"]]).toEqual([true, logins]);
  });

  test.each(["iframe", "img"])("or shows it in an %s, begins no login and ends none", async (tag) => {
    const parts = ["login", "logout"].map((path) => `<${tag} src="/${path}"></${tag}>`).join("");
    demo.addPage("app", `/in-${tag}`, parts);
    const logins = demo.provider.calls["/auth"];
    await page.goto(`${demo.url}/in-${tag}`);
    await expect.poll(() => demo.arrivals.filter(({ status }) => status === 403).length).toBe(2);
    expect([await isSignedIn(), demo.provider.calls["/auth"]]).toEqual([true, logins]);
  });
});

describe("another site", () => {
  /** Opens a page of the other site that leads to the app's logout. */
  async function beLured(html: string): Promise<void> {
    demo.addPage("stranger", "/lure", html);
    await page.goto(`${demo.strangerUrl}/lure`);
  }

  test("that links to the logout gets a question, and staying keeps the login", async () => {
    await beLured(`<a href="${demo.url}/logout">free kittens</a>`);
    await page.getByRole("link", { name: "free kittens" }).click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Log out?");
    expect(arrivalsAt("/logout").at(-1)?.headers["sec-fetch-site"]).toBe("cross-site");
    await takePicture(page, "logout-question");
    await page.getByRole("link", { name: "Stay signed in" }).click();
    await page.getByRole("heading", { name: "Hello, Ada Lovelace" }).waitFor();
    expect([await isSignedIn(), visitor.complaints]).toEqual([true, []]);
  });

  test("that links to the logout logs out whoever says yes", async () => {
    await beLured(`<a href="${demo.url}/logout?returnTo=/public">free kittens</a>`);
    await page.getByRole("link", { name: "free kittens" }).click();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForURL(`${demo.url}/public`);
    expect([await isSignedIn(), visitor.complaints]).toEqual([false, []]);
  });

  test("that sends a form by itself ends nothing, for the cookie stays behind", async () => {
    await beLured(`<form method="post" action="${demo.url}/logout"></form><script>document.forms[0].submit()</script>`);
    await page.waitForURL(`${demo.url}/`);
    expect(arrivalsAt("/logout").map(({ method, headers }) => [method, headers.cookie])).toEqual([["POST", undefined]]);
    expect(await isSignedIn()).toBe(true);
  });

  test("that has the logout loaded unseen ends nothing", async () => {
    const url = `${demo.url}/logout`;
    await beLured(
      `<img src="${url}"><iframe src="${url}"></iframe><script>fetch("${url}", {mode: "no-cors", credentials: "include"})</script>`,
    );
    await expect.poll(() => arrivalsAt("/logout").filter(({ status }) => status === 403).length).toBe(3);
    expect(await isSignedIn()).toBe(true);
  });

  test("is answered in the dark, too", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await beLured(`<a href="${demo.url}/logout">free kittens</a>`);
    await page.getByRole("link", { name: "free kittens" }).click();
    await page.getByRole("button", { name: "Log out" }).waitFor();
    await takePicture(page, "logout-question-dark");
    expect(visitor.complaints).toEqual([]);
  });
});
