import { MemoryStore } from "express-session";
import { describe, expect, test } from "vitest";
import { createMemoryState } from "../../src/state/memory.js";
import { postToken } from "../support/back-channel.js";
import { startScriptedWorld } from "../support/scripted-world.js";

describe("two apps with one provider, one session store and one shared state", () => {
  test.each([
    ["by sid", {}],
    ["by sub", { sid: undefined }],
  ])("know logout tokens %s for themselves alone", async (_what, claims) => {
    const options = { session: { store: new MemoryStore() }, state: createMemoryState() };
    const shop = await startScriptedWorld({ options });
    const office = await startScriptedWorld({ options, provider: shop.provider });
    const customer = (await shop.signIn()).browser;
    const clerk = (await office.signIn()).browser;
    expect(await postToken(shop.app, shop.provider.logoutToken(claims))).toBe(200);
    expect([(await customer.fetch("/api")).status, (await clerk.fetch("/api")).status]).toEqual([401, 200]);
    expect(await shop.app.instance.logins("ada").list()).toEqual([]);
    expect(await office.app.instance.logins("ada").list()).toHaveLength(1);
  });
});
