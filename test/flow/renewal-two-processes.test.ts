/**
 * Two processes that share a session store and no state renew one login at once: both use the same refresh token.
 * @module
 */
import { describe, expect, test } from "vitest";
import { stopClock } from "../support/clock.js";
import { listen } from "../support/events.js";
import { signInEach, startTwo, statuses } from "../support/processes.js";
import { ScriptedStore } from "../support/scripted-store.js";
import { createSignal } from "../support/signal.js";

/** Both processes have asked the provider, which will grant the first one's request and refuse the other's. */
async function startRace() {
  const clock = stopClock();
  const store = new ScriptedStore();
  const { first, second } = await startTwo({ options: { session: { store } } });
  const { provider } = first;
  const browsers = await signInEach(first, [{ sub: "ada" }]);
  const headers = { cookie: browsers[0]?.cookies.header(new URL(first.app.baseUrl)) ?? "" };
  const record = new RegExp(await store.recordId());
  const heard = listen();
  clock.advance(3700);
  const held = provider.hold("refresh");
  const one = fetch(`${first.app.url}/token`, { headers });
  await held.arrived;
  const other = fetch(`${second.app.url}/token`, { headers });
  await expect.poll(() => provider.calls("refresh"), { timeout: 5000 }).toBe(2);
  return {
    store,
    record,
    provider,
    release: () => held.release(),
    /** What both were answered, how their renewals ended, and whether the login is still good at each. */
    finish: async () => {
      const answers = await Promise.all([one, other]);
      return {
        answered: answers.map(({ status }) => status),
        tokens: await Promise.all(answers.map((answer) => answer.text())),
        outcomes: heard.map(([name, event]) => [name, "outcome" in event && event.outcome]),
        afterwards: [...(await statuses(browsers, first)), ...(await statuses(browsers, second))],
      };
    },
  };
}

const bothServed = {
  answered: [200, 200],
  outcomes: [
    ["renewal", "done"],
    ["renewal", "replayed"],
  ],
  afterwards: [200, 200],
};

describe("two processes without shared state that renew one login at once", () => {
  test("both answer with the one new token, and the login goes on at both", async () => {
    const { provider, release, finish } = await startRace();
    release();
    const { tokens, ...rest } = await finish();
    expect(rest).toEqual(bothServed);
    expect(new Set(tokens).size).toBe(1);
    expect(provider.calls("refresh")).toBe(2);
  });

  test("both answer so, too, when the first is still writing while the other is refused", async () => {
    const { store, record, release, finish } = await startRace();
    const go = createSignal();
    store.wait("set", go.given, record);
    const reads = () => store.calls.filter(({ operation, id }) => operation === "get" && record.test(id)).length;
    const before = reads();
    release();
    // the other has looked in vain, and looks again
    await expect.poll(reads, { timeout: 5000 }).toBeGreaterThan(before + 1);
    go.give();
    const { tokens, ...rest } = await finish();
    expect(rest).toEqual(bothServed);
    expect(new Set(tokens).size).toBe(1);
  });
});
