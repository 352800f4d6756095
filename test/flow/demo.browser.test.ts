/**
 * The demo in Chromium, as a person uses it.
 * @module
 */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { newVisitor, startChromium, takePicture, type Visitor } from "../support/chromium.js";
import { type DemoWorld, startDemoWorld } from "../support/demo-world.js";
import { people } from "../support/world.js";

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
});
afterEach(() => visitor.context.close());

/** Types login and password into the provider's form. */
async function typeIn(tab: Page, login: string, password: string): Promise<void> {
  await tab.getByLabel("Login").fill(login);
  await tab.getByLabel("Password").fill(password);
  await tab.getByRole("button", { name: "Sign in" }).click();
}

async function logIn(path = "/"): Promise<void> {
  await page.goto(`${demo.url}/login?returnTo=${path}`);
  await typeIn(page, people.ada.login, people.ada.password);
  await page.waitForURL(demo.url + path);
}

/** What is read on the page as its heading. */
function heading(tab = page): Promise<string | null> {
  return tab.getByRole("heading", { level: 1 }).textContent();
}

describe("a person at the demo", () => {
  test("logs in by typing, and is greeted", async () => {
    await page.goto(demo.url);
    expect(await heading()).toBe("A login in one line");
    await takePicture(page, "home-of-a-stranger");
    await page.getByRole("link", { name: "Log in", exact: true }).first().click();
    expect(page.url().startsWith(demo.provider.issuer)).toBe(true);
    await takePicture(page, "login-form");
    await typeIn(page, "ada", "lovelace");
    await page.waitForURL(`${demo.url}/`);
    expect(await heading()).toBe("Hello, Ada Lovelace");
    expect(await page.getByRole("table").textContent()).toContain("ada@example.com");
    await takePicture(page, "home-signed-in");
    expect(visitor.complaints).toEqual([]);
  });

  test("may mistype the password, is told so and tries again", async () => {
    await page.goto(`${demo.url}/private`);
    await typeIn(page, "ada", "wrong");
    expect(await page.getByRole("alert").textContent()).toMatch(/do not belong together/);
    await takePicture(page, "wrong-password");
    await typeIn(page, "ada", "lovelace");
    await page.waitForURL(`${demo.url}/private`);
    expect(visitor.complaints).toEqual([expect.stringContaining("403 (Forbidden)")]);
  });

  test("is led from the private page through the login back to it", async () => {
    await page.goto(`${demo.url}/private`);
    expect(page.url().startsWith(demo.provider.issuer)).toBe(true);
    await typeIn(page, "alan", "turing");
    await page.waitForURL(`${demo.url}/private`);
    expect([await heading(), await page.locator(".lead").textContent()]).toEqual([
      "Private page",
      "Only people who are signed in see this. You are Alan Turing.",
    ]);
    await takePicture(page, "private-page");
    expect(visitor.complaints).toEqual([]);
  });

  test("who gives up at the provider is told what happened", async () => {
    await page.goto(`${demo.url}/private`);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.waitForURL(/\/callback/);
    expect([await heading(), await page.getByRole("table").textContent()]).toEqual([
      "That did not work",
      expect.stringContaining("OIDC_LOGIN_DENIED"),
    ]);
    await takePicture(page, "login-cancelled");
    expect(visitor.complaints).toEqual([expect.stringContaining("403 (Forbidden)")]);
  });

  test("sees a page for everybody and a page that does not exist, without complaints of the browser", async () => {
    await page.goto(`${demo.url}/public`);
    expect(await heading()).toBe("Public page");
    await takePicture(page, "public-page");
    await page.goto(`${demo.url}/nowhere`);
    expect(await heading()).toBe("That did not work");
    expect(visitor.complaints).toEqual([expect.stringContaining("404 (Not Found)")]);
  });

  test("types the password again where a recent login is wanted and theirs is old", async () => {
    await logIn("/recent");
    expect(await heading()).toBe("Recent login");
    await takePicture(page, "recent-login");
    expect(visitor.complaints).toEqual([]);
  });

  test("may log in in two tabs at once, and each tab ends on its own page", async () => {
    const other = await visitor.newTab();
    await page.goto(`${demo.url}/private`);
    await other.goto(`${demo.url}/public`);
    await other.getByRole("link", { name: "Log in" }).click();
    await typeIn(page, "ada", "lovelace");
    await page.waitForURL(`${demo.url}/private`);
    await typeIn(other, "ada", "lovelace");
    await other.waitForURL(`${demo.url}/public`);
    expect([await heading(), await other.locator(".lead").textContent()]).toEqual([
      "Private page",
      expect.stringContaining("Ada Lovelace"),
    ]);
    await page.reload();
    expect([await heading(), visitor.complaints]).toEqual(["Private page", []]);
  });
});

describe("the demo's API", () => {
  test("is called by a script of the page, once and twenty times at once", async () => {
    await logIn("/call");
    const answer = page.locator("#answer");
    await page.getByRole("button", { name: "Call it once" }).click();
    await answer.getByText("HTTP 200").waitFor();
    expect(await answer.textContent()).toContain('"email": "ada@example.com"');
    await page.getByRole("button", { name: "20 calls at once" }).click();
    await answer.getByText("20 answers: 200").waitFor();
    await takePicture(page, "api-call");
    expect(visitor.complaints).toEqual([]);
  });

  test("tells a script without a login where to log in, and that leads back to its page", async () => {
    await page.goto(`${demo.url}/call`);
    await page.getByRole("button", { name: "Call it once" }).click();
    await page.locator("#answer").getByText("HTTP 401").waitFor();
    const [, body = "{}"] = /HTTP 401\n(.*)/s.exec((await page.locator("#answer").textContent()) ?? "") ?? [];
    const { loginUrl } = JSON.parse(body) as { loginUrl: string };
    // helmet's default Referrer-Policy hides the page that the call came from
    expect(loginUrl).toBe(`${demo.url}/login`);
    await takePicture(page, "api-call-of-a-stranger");
    expect(visitor.complaints).toEqual([expect.stringContaining("401 (Unauthorized)")]);
  });
});

describe("an access token that lives two seconds", () => {
  let shortLived: DemoWorld;
  beforeAll(async () => {
    shortLived = await startDemoWorld(2);
  });
  afterAll(() => shortLived.close());

  test("is renewed while the person looks on, and they stay signed in", async () => {
    await page.goto(`${shortLived.url}/login`);
    await typeIn(page, "ada", "lovelace");
    await page.getByText("Renewed 0 times since the login.").waitFor();
    await expect
      .poll(() => page.reload().then(() => page.getByText(/^Renewed/).textContent()), { interval: 300, timeout: 8000 })
      .toBe("Renewed once since the login.");
    await takePicture(page, "renewed-once");
    expect([await heading(), visitor.complaints]).toEqual(["Hello, Ada Lovelace", []]);
  });
});

describe("the demo in the dark", () => {
  test("has readable pages, too", async () => {
    await visitor.context.close();
    visitor = await newVisitor(chromium, { colorScheme: "dark" });
    page = visitor.page;
    await page.goto(`${demo.url}/login`);
    await takePicture(page, "login-form-dark");
    await typeIn(page, "ada", "lovelace");
    await page.waitForURL(`${demo.url}/`);
    await takePicture(page, "home-dark");
    expect(visitor.complaints).toEqual([]);
  });
});
