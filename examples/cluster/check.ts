/**
 * `npm run cluster -- --check`: what a cluster must stand, step by step.
 * @module
 */
import { deepStrictEqual, ok, strictEqual } from "node:assert";
import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Browser } from "../demo/browser.js";
import type { Cluster } from "./start.js";

/** A person who is signed in, as the storm needs them. */
export interface SignedIn {
  readonly browser: Browser;
  /** Their cookies, for every process alike. */
  readonly cookie: string;
}

/** Logs Ada in at the address that all processes share. */
export async function signIn({ url }: Cluster): Promise<SignedIn> {
  const browser = new Browser();
  await browser.get(`${url}/me`);
  const page = await browser.submit({ login: "ada", password: "lovelace" });
  strictEqual(page.status, 200, `The login ends with ${page.status} at ${page.url.href}`);
  return { browser, cookie: browser.cookies.header(new URL(url)) };
}

/** Asks one process, or the address that all share, over a connection of its own: a kept one may just be closing. */
export async function ask(
  url: string,
  { cookie }: SignedIn,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent: false, headers: { cookie, accept: "application/json" } }, resolve).on("error", reject);
  });
  const body = await text(answer);
  const isObject = body.startsWith("{");
  return { status: answer.statusCode ?? 0, body: isObject ? (JSON.parse(body) as Record<string, unknown>) : {} };
}

/** What a storm has shown. */
export interface StormResult {
  /** How many requests got which status. */
  readonly statuses: Readonly<Record<number, number>>;
  /** How often the provider was asked to renew the login. */
  readonly renewals: number;
  readonly refused: number;
  /** Status of a request to each process afterwards. */
  readonly afterwards: readonly number[];
  readonly seconds: number;
}

/**
 * Logs somebody in, waits until the access token has expired, then sends many requests at once to all processes, among them a slow one that
 * writes its session last. The new access token lives so long that a second renewal would be a mistake.
 */
export async function storm(cluster: Cluster, requests = 400): Promise<StormResult> {
  const { members, renewals, tokens } = cluster;
  tokens.lifetime = 3;
  const person = await signIn(cluster);
  tokens.lifetime = 600;
  const { body } = await ask(`${members[0]?.url}/me`, person);
  await sleep(Math.max(0, Number(body["expiresAt"]) * 1000 - Date.now()) + 50);
  const before = { ...renewals };
  const startedMs = performance.now();
  const slow = ask(`${members[0]?.url}/slow?ms=1500`, person);
  const answers = await Promise.all(
    Array.from({ length: requests - 1 }, (_, at) => ask(`${members[at % members.length]?.url}/me`, person)),
  );
  const seconds = (performance.now() - startedMs) / 1000;
  answers.push(await slow);
  const statuses: Record<number, number> = {};
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  const [done, refused] = [renewals.done - before.done, renewals.refused - before.refused];
  const later = await Promise.all(members.map(({ url }) => ask(`${url}/me`, person)));
  return { statuses, renewals: done + refused, refused, afterwards: later.map(({ status }) => status), seconds };
}

type Step = readonly [does: string, run: (cluster: Cluster) => Promise<string | undefined>];

const steps: readonly Step[] = [
  ["400 requests at once at the moment the access token expires cause one renewal", stormOnce],
  ["A logout at one process is a logout at all of them", logOut],
  ["A logout at the provider reaches every process, over the back channel", logOutAtProvider],
];

/** Prints a line per step, and answers whether all went well. It stops at the first that did not. */
export async function check(cluster: Cluster, print: (line: string) => void): Promise<boolean> {
  for (const [does, run] of steps) {
    try {
      const figures = await run(cluster);
      print(`✓ ${does}${figures === undefined ? "" : `: ${figures}`}`);
    } catch (error) {
      print(`✗ ${does}\n${String(error instanceof Error ? error.message : error).replace(/^/gm, "    ")}`);
      return false;
    }
  }
  return true;
}

async function stormOnce(cluster: Cluster): Promise<string> {
  const { statuses, renewals, refused, afterwards, seconds } = await storm(cluster);
  deepStrictEqual(statuses, { 200: 400 }, `Statuses: ${JSON.stringify(statuses)}`);
  deepStrictEqual([renewals, refused], [1, 0], `${renewals} renewals, ${refused} refused`);
  ok(
    afterwards.every((status) => status === 200),
    `Afterwards: ${afterwards.join(", ")}`,
  );
  return `400 answers of 200 in ${seconds.toFixed(1)} s from ${cluster.members.length} processes`;
}

async function logOut(cluster: Cluster): Promise<undefined> {
  const person = await signIn(cluster);
  await person.browser.follow(`${cluster.url}/logout`);
  await expectSignedOut(cluster, person);
}

async function logOutAtProvider(cluster: Cluster): Promise<undefined> {
  const person = await signIn(cluster);
  await person.browser.get(`${cluster.provider.issuer}/session/end`);
  await person.browser.submit({ logout: "yes" });
  await sleep(200);
  await expectSignedOut(cluster, person);
}

async function expectSignedOut({ members }: Cluster, person: SignedIn): Promise<void> {
  const answers = await Promise.all(members.map(({ url }) => ask(`${url}/me`, person)));
  const statuses = answers.map(({ status }) => status);
  ok(
    statuses.every((status) => status === 401),
    `Afterwards: ${statuses.join(", ")}`,
  );
}
