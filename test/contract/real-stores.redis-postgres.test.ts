import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe } from "vitest";
import { realStores, type StoreKind } from "../support/real-stores.js";
import { sessionStoreContract } from "./session-store.js";

describe.each(realStores)("%s over its real server", (name, start) => {
  let kind: StoreKind;

  beforeAll(async () => {
    kind = await start();
  }, 60_000);

  afterAll(() => kind.close());

  sessionStoreContract(
    name,
    () => kind.create().store,
    () => ({}),
    () => pause(50),
  );
});
