import { describe, expect, test } from "vitest";
import { LazyTouchStore } from "../../../src/session/lazy-store.js";
import { TextStore } from "../../support/stores.js";

const cookie = {
  expires: new Date(Date.now() + 3_600_000).toISOString(),
  maxAge: 3_600_000,
  originalMaxAge: 3_600_000,
};

/** A store with a session that names a login, and the order of its reads. */
async function startStore() {
  const reads: string[] = [];
  class Watched extends TextStore {
    override get(...[id, callback]: Parameters<TextStore["get"]>): void {
      reads.push(id);
      super.get(id, callback);
    }
  }
  const inner = new Watched();
  const store = new LazyTouchStore(inner, 60, (entry) => Reflect.get(entry, "login") as string | undefined);
  const put = (id: string, content: object) =>
    new Promise<void>((resolve) => inner.set(id, { cookie, ...content }, () => resolve()));
  await put("session", { login: "record" });
  await put("record", { oidc: "first" });
  /** Reads a session, and the login that it names within the same call, as a request does. */
  const request = () =>
    new Promise<{ session: unknown; login: unknown }>((resolve) => {
      store.get("session", (_error, session) => {
        const id = Reflect.get(Object(session), "login") as string | undefined;
        if (id === undefined) resolve({ session, login: undefined });
        else store.get(id, (_failure, login) => resolve({ session, login }));
      });
    });
  return { store, reads, put, request };
}

describe("a session and the login that it names", () => {
  test("are asked for together from the second request on", async () => {
    const { reads, request } = await startStore();
    await request();
    reads.length = 0;
    const answer = request();
    expect(reads).toEqual(["session", "record"]);
    expect(await answer).toMatchObject({ session: { login: "record" }, login: { oidc: "first" } });
    expect(reads).toEqual(["session", "record"]);
  });

  test("are as new as the request: what another one has read counts for that one alone", async () => {
    const { store, put, request } = await startStore();
    await request();
    const early = request();
    await put("record", { oidc: "changed" });
    await early;
    expect((await request()).login).toMatchObject({ oidc: "changed" });
    const late = new Promise((resolve) => store.get("record", (_error, login) => resolve(login)));
    expect(await late).toMatchObject({ oidc: "changed" });
  });

  test("that names another one by now gets that one", async () => {
    const { put, request } = await startStore();
    await request();
    await put("another", { oidc: "another" });
    await put("session", { login: "another" });
    expect((await request()).login).toMatchObject({ oidc: "another" });
    expect((await request()).login).toMatchObject({ oidc: "another" });
  });

  test("that names none any more gets none", async () => {
    const { put, request } = await startStore();
    await request();
    await put("session", {});
    expect((await request()).login).toBeUndefined();
  });
});
