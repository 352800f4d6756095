import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { postToken } from "../support/back-channel.js";
import { stopClock } from "../support/clock.js";
import { lean } from "../support/lean-world.js";
import { realStores, type StoreKind } from "../support/real-stores.js";
import { startScriptedWorld } from "../support/scripted-world.js";

describe.each(realStores)("an app without req.session over %s", (_name, start) => {
  let kind: StoreKind;

  beforeAll(async () => {
    kind = await start();
  }, 60_000);

  afterAll(() => kind.close());

  test("has people log in, be renewed, and log out for good", async () => {
    const clock = stopClock();
    const { app, provider, signIn } = await startScriptedWorld(lean({ store: kind.create().store }));
    const { browser, page } = await signIn();
    expect(page.json()).toEqual({ sub: "ada" });
    clock.advance(3700);
    expect((await browser.fetch("/token")).status).toBe(200);
    expect(provider.calls("refresh")).toBe(1);
    const headers = { cookie: browser.cookies.header(new URL(app.url)) };
    await browser.get(`${app.url}/logout`);
    expect((await new Browser().fetch(`${app.url}/api`, { headers })).status).toBe(401);
    expect(await app.instance.logins("ada").list()).toEqual([]);
  });

  test("hears of a logout at the provider", async () => {
    const { app, provider, signIn } = await startScriptedWorld(lean({ store: kind.create().store }));
    const { browser } = await signIn();
    expect((await app.instance.logins("ada").list()).length).toBe(1);
    expect(await postToken(app, provider.logoutToken())).toBe(200);
    expect((await browser.fetch("/api")).status).toBe(401);
  });

  test("has the record live as long as absoluteTimeout", async () => {
    const real = kind.create();
    const ids: string[] = [];
    const store = new Proxy(real.store, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          if (name === "set") ids.push(String(args[0]));
          return member.apply(target, args);
        };
      },
    });
    const { signIn } = await startScriptedWorld(lean({ store }, { absoluteTimeout: 7200, idleTimeout: 3600 }));
    await signIn();
    expect(ids.every((id) => id.startsWith("oidc-"))).toBe(true);
    const seconds = await real.secondsLeft(ids.find((id) => /^oidc-[\w-]{32}$/.test(id)) ?? "");
    expect(seconds).toBeGreaterThan(7100);
    expect(seconds).toBeLessThan(7203);
  });
});
