/**
 * What a process of node:cluster says at its start of what it does not share with the others.
 * @module
 */
import cluster from "node:cluster";
import session, { MemoryStore } from "express-session";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createMemoryState } from "../../src/state/memory.js";
import { type ScriptedWorldOptions, startScriptedWorld } from "../support/scripted-world.js";

/** Makes this process one of a cluster, until the test is over. */
function joinCluster(id: number): void {
  Reflect.set(cluster, "worker", { id });
  onTestFinished(() => void Reflect.deleteProperty(cluster, "worker"));
}

/** The warnings of an app in which somebody logs in, by code. */
async function warningsOf(options: ScriptedWorldOptions): Promise<[code: string, text: string][]> {
  const emitted = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
  const { signIn } = await startScriptedWorld(options);
  await signIn();
  return emitted.mock.calls.flatMap(([text, details]) => {
    const { type, code } = details as unknown as NodeJS.EmitWarningOptions;
    return type === "ExpressOidcWarning" ? [[String(code), String(text)]] : [];
  });
}

const codesOf = async (options: ScriptedWorldOptions) => (await warningsOf(options)).map(([code]) => code);

/** A store that other processes can reach. */
class Shared extends MemoryStore {}

/** Has the app mount a session of its own. */
const before: ScriptedWorldOptions["before"] = (app) =>
  app.use(session({ secret: "the app's own secret", resave: false, saveUninitialized: false }) as never);

describe("a process of a cluster without shared state", () => {
  const options = { session: { store: new Shared() } };

  test.each([1, 2, 17])(
    "says so once, with what to do, be it the first or one that was started later: %i",
    async (id) => {
      joinCluster(id);
      const remedy = expect.stringContaining("state: redisState(client)");
      expect(await warningsOf({ options })).toEqual([["OIDC_STATE_NOT_SHARED", remedy]]);
    },
  );

  test("says nothing with shared state", async () => {
    joinCluster(2);
    expect(await codesOf({ options: { ...options, state: createMemoryState() } })).toEqual([]);
  });
});

describe("a process of a cluster that keeps sessions in its own memory", () => {
  const state = createMemoryState();
  const remedy = expect.stringContaining("session: { store }");

  test.each([1, 17])("says so once, with what to do: %i", async (id) => {
    joinCluster(id);
    expect(await warningsOf({ options: { state } })).toEqual([["OIDC_SESSION_NOT_SHARED", remedy]]);
  });

  test.each([true, false])(
    "says so, too, where the store that the options name is express-session's own; req.session: %s",
    async (reqSession) => {
      joinCluster(1);
      const options = { state, session: { store: new MemoryStore(), reqSession } };
      expect(await warningsOf({ options })).toEqual([["OIDC_SESSION_NOT_SHARED", remedy]]);
    },
  );

  test("says nothing where the app mounts the session: which store that has is its affair", async () => {
    joinCluster(1);
    expect(await codesOf({ options: { state }, before, needsReqSession: true })).toEqual([]);
  });
});

test("a process that is in no cluster has nothing to say of one", async () => {
  expect(await codesOf({})).toEqual([]);
});
