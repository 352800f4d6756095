/**
 * `npm start -- --check`: walks through the demo as a person would and looks at each step.
 * @module
 */
import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, Browser } from "./browser.js";
import { type Demo, startDemo } from "./demo.js";

/** What a step works with. */
interface Walk {
  readonly demo: Demo;
  readonly browser: Browser;
  /** Refresh tokens that the provider has replaced by new ones. */
  rotations: number;
  /** The Cookie header of the time when Ada was logged in. */
  cookie: string;
}

type Step = readonly [does: string, run: (walk: Walk) => Promise<void>];

const accessTokenLifetime = 4;
const callsAtOnce = 20;

const steps: readonly Step[] = [
  ["Home offers a stranger to log in", meetAsStranger],
  ["An API call without a login is answered 401, with the address to log in at", callAsStranger],
  ["The private page leads to the provider's login form", openPrivatePage],
  ["A wrong password is refused and may be typed again", typeWrongPassword],
  ["The right password leads back to the private page", typeRightPassword],
  ["An API call tells who is logged in", callApi],
  [`After the access token has expired, ${callsAtOnce} calls at once cause one renewal`, renewOnce],
  ["Home shows who is logged in, and the renewal", lookAtHome],
  ["Logging out ends at home, as a stranger", logOut],
  ["The session cookie of before opens nothing", reuseOldCookie],
  ["The private page asks for the password again: the provider's session is over too", openPrivatePage],
];

/** Prints a line per step, and answers whether all went well. It stops at the first that did not. */
export async function check(print: (line: string) => void, options: { genauth?: boolean } = {}): Promise<boolean> {
  const demo = await startDemo({ ...options, port: 0, providerPort: 0, accessTokenLifetime });
  const walk: Walk = { demo, browser: new Browser(), rotations: 0, cookie: "" };
  demo.provider.provider.on("grant.success", ({ oidc }) => {
    if (oidc.entities.RotatedRefreshToken !== undefined) walk.rotations += 1;
  });
  try {
    for (const [does, run] of steps) {
      const failure = await run(walk).then(() => undefined, describe);
      print(failure === undefined ? `✓ ${does}` : `✗ ${does}\n${failure}`);
      if (failure !== undefined) return false;
    }
    return true;
  } finally {
    await demo.close();
  }
}

function describe(error: unknown): string {
  return String(error instanceof Error ? error.message : error).replace(/^/gm, "    ");
}

async function meetAsStranger({ demo, browser }: Walk): Promise<void> {
  const page = await browser.get(demo.url);
  expectArrival(page, demo.url);
  match(page.text, /A login in one line/);
}

async function callAsStranger({ browser }: Walk): Promise<void> {
  const { status, body } = await callMe(browser);
  strictEqual(status, 401, `/api/me answers ${status}, expected 401: ${JSON.stringify(body)}`);
  strictEqual(body["error"], "OIDC_SESSION_MISSING");
  match(String(body["loginUrl"]), /\/login/);
}

async function openPrivatePage({ demo, browser }: Walk): Promise<void> {
  const page = await browser.follow(`${demo.url}/private`);
  expectArrival(page, demo.provider.origin);
  match(page.text, /Sign in to go on to the demo app/);
}

async function typeWrongPassword({ browser }: Walk): Promise<void> {
  const page = await browser.submit({ login: "ada", password: "turing" });
  match(page.text, /Login and password do not belong together/);
  const typed = new Map(page.forms[0]?.fields);
  strictEqual(typed.get("login"), "ada", "The login that was typed is not kept");
}

async function typeRightPassword({ demo, browser }: Walk): Promise<void> {
  const page = await browser.submit({ password: "lovelace" });
  expectArrival(page, `${demo.url}/private`);
  match(page.text, /You are Ada Lovelace/);
}

async function callApi({ browser }: Walk): Promise<void> {
  const { status, body } = await callMe(browser);
  strictEqual(status, 200, `/api/me answers ${status}, expected 200: ${JSON.stringify(body)}`);
  strictEqual(body["email"], "ada@example.com");
}

async function renewOnce(walk: Walk): Promise<void> {
  const { demo, browser } = walk;
  const before = (await callMe(browser)).body["accessTokenExpiresAt"];
  await sleep(Math.max(0, Number(before) * 1000 - Date.now()) + 250);
  const [grants, rotations] = [demo.provider.calls[demo.tokenPath] ?? 0, walk.rotations];
  const answers = await Promise.all(Array.from({ length: callsAtOnce }, () => callMe(browser)));
  deepStrictEqual([...new Set(answers.map(({ status }) => status))], [200], "Not every call is answered 200");
  notStrictEqual(answers[0]?.body["accessTokenExpiresAt"], before, "The access token is still the old one");
  const renewals = (demo.provider.calls[demo.tokenPath] ?? 0) - grants;
  strictEqual(renewals, 1, `${renewals} calls of the token endpoint, expected 1`);
  strictEqual(walk.rotations - rotations, 1, "The provider has not replaced the refresh token");
}

async function lookAtHome(walk: Walk): Promise<void> {
  const { demo, browser } = walk;
  const page = await browser.get(demo.url);
  walk.cookie = browser.cookies.header(page.url);
  match(page.text, /Hello, Ada Lovelace/);
  match(page.text, /Renewed (once|[1-9]\d* times) since the login/);
}

async function logOut({ demo, browser }: Walk): Promise<void> {
  expectArrival(await browser.click("Log out"), demo.provider.origin);
  // A person's browser sends this form by itself.
  const page = await browser.submit();
  expectArrival(page, `${demo.url}/`);
  match(page.text, /A login in one line/);
}

async function reuseOldCookie({ demo, cookie }: Walk): Promise<void> {
  const thief = new Browser({ headers: { cookie } });
  const { status } = await thief.fetch(`${demo.url}/api/me`);
  strictEqual(status, 401, `/api/me answers ${status} to the cookie of an ended login, expected 401`);
}

/** The page that is open must be one of the app's: calls start from its script. */
async function callMe(browser: Browser): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await browser.fetch("/api/me");
  return { status: answer.status, body: answer.json() as Record<string, unknown> };
}

/** The way has ended, well, below this address. */
function expectArrival({ url, status, text }: Answer, place: string): void {
  ok(
    url.href.startsWith(place) && status === 200,
    `Ended at ${url.href} with ${status}, expected ${place} with 200: ${text}`,
  );
}
