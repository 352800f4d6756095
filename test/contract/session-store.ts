/**
 * What a login needs of a session store, as tests. Every store that is documented to work runs them.
 * @module
 */
import { beforeEach, describe, expect, test } from "vitest";
import type { AuthOptions, SessionStore } from "../../src/options.js";
import { createRecords, type Records } from "../../src/session/records.js";
import type { Backing } from "../../src/session/store.js";
import type { Settings } from "../../src/settings/settings.js";
import { stopClock } from "../support/clock.js";
import { loginWith, tokensWith } from "../support/logins.js";
import { settingsWith } from "../support/settings.js";

/** Runs on one store what logins do with it. */
export function sessionStoreContract(
  name: string,
  createStore: () => SessionStore,
  createOptions: () => AuthOptions = () => ({}),
  /** Lets a write end that nobody waits for. */
  settle: () => Promise<void> = async () => undefined,
): void {
  let backing: Backing;
  let settings: Settings;
  let here: Records;
  let there: Records;

  beforeEach(() => {
    backing = { store: createStore(), idle: 3600 };
    settings = settingsWith(createOptions());
    here = createRecords(settings);
    there = createRecords(settings);
  });

  /** The login as a process finds it that has seen nothing of it before. */
  async function found(records: Records, handle = "the-handle") {
    const stored = await records.read(backing, handle);
    return stored && records.open(handle, stored);
  }

  describe(`${name}: a login`, () => {
    test("is found by every process that shares the store, as it was", async () => {
      const login = loginWith({ userinfo: { email: "ada@example.org" }, data: { role: "buyer" } });
      await here.write(backing, login);
      for (const records of [here, there, createRecords(settings)]) {
        expect(await found(records)).toEqual(login);
      }
    });

    test("that was never there is nobody", async () => {
      expect(await found(here)).toBeUndefined();
    });

    test("that is renewed is found renewed, also by who has opened it before", async () => {
      await here.write(backing, loginWith());
      await found(there);
      await here.write(backing, loginWith({ tokens: tokensWith({ accessToken: "a-newer-one" }) }));
      for (const records of [here, there]) expect((await found(records))?.tokens.accessToken).toBe("a-newer-one");
    });

    test("is not opened with the name of another one", async () => {
      const stored = await here.write(backing, loginWith());
      expect(here.open("another-handle", stored)).toBeUndefined();
    });
  });

  describe(`${name}: a login that has ended`, () => {
    test("is ended for every process", async () => {
      await here.write(backing, loginWith());
      await found(there);
      await here.end(backing, { handle: "the-handle", person: "ada" });
      expect([await found(here), await found(there)]).toEqual([undefined, undefined]);
    });

    test("is brought back by nobody who is writing it meanwhile", async () => {
      await here.write(backing, loginWith());
      await here.end(backing, { handle: "the-handle", person: "ada" });
      const writing = there.write(backing, loginWith());
      await expect(writing).rejects.toMatchObject({ code: "OIDC_SESSION_ENDED", status: 401 });
      expect([await found(here), await found(there)]).toEqual([undefined, undefined]);
    });

    test("stays ended, however the ending and fifty writers meet", async () => {
      await here.write(backing, loginWith());
      const writers = Array.from({ length: 50 }, (_, at) => (at % 2 === 0 ? here : there).write(backing, loginWith()));
      const ending = here.end(backing, { handle: "the-handle", person: "ada" });
      await Promise.allSettled([...writers, ending]);
      expect([await found(here), await found(there)]).toEqual([undefined, undefined]);
    });

    test("may be ended again, and one that never was there too", async () => {
      await here.end(backing, { handle: "the-handle", person: "ada" });
      await here.end(backing, { handle: "the-handle", person: "ada" });
      expect(await found(here)).toBeUndefined();
    });

    test("leaves other logins alone", async () => {
      await here.write(backing, loginWith());
      await here.write(backing, loginWith({ handle: "another" }));
      await here.end(backing, { handle: "the-handle", person: "ada" });
      expect(await found(there, "another")).toMatchObject({ handle: "another" });
    });
  });

  describe(`${name}: the lifetime of a login`, () => {
    test("ends at its absolute end, used or not", async () => {
      const clock = stopClock();
      await here.write(backing, loginWith({ endsAt: clock.now() + 600 }));
      clock.advance(599);
      expect(await found(there)).toBeDefined();
      clock.advance(1);
      expect([await found(here), await found(there)]).toEqual([undefined, undefined]);
    });

    test("ends when nobody has used it, at most a tenth or a minute late, never early", async () => {
      const clock = stopClock();
      await here.write(backing, loginWith());
      clock.advance(3600);
      expect(await found(there)).toBeDefined();
      clock.advance(60);
      expect([await found(here), await found(there)]).toEqual([undefined, undefined]);
    });

    test("goes on while it is used, and every process learns of that", async () => {
      const clock = stopClock();
      const stored = await here.write(backing, loginWith());
      for (let hour = 0; hour < 5; hour++) {
        clock.advance(3500);
        here.use(backing, "the-handle", stored);
        await settle();
        expect(await found(hour % 2 === 0 ? here : there)).toBeDefined();
      }
      expect(await found(createRecords(settings))).toBeDefined();
      clock.advance(3661);
      expect(await found(there)).toBeUndefined();
    });

    test("is read again after a pause of any length short of its end", async () => {
      const clock = stopClock();
      const stored = await here.write(backing, loginWith());
      clock.advance(1800);
      here.use(backing, "the-handle", stored);
      await settle();
      clock.advance(3599);
      expect(await found(createRecords(settings))).toBeDefined();
    });
  });
}
