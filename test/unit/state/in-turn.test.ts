import { describe, expect, test } from "vitest";
import { InTurn } from "../../../src/state/in-turn.js";
import { createSignal } from "../../support/signal.js";

describe("work for one key", () => {
  test("begins when all that came before it has ended, in the order in which it came", async () => {
    const turns = new InTurn();
    const go = createSignal();
    const done: number[] = [];
    const work = (name: number, before?: Promise<void>) => async () => {
      await before;
      done.push(name);
      return name;
    };
    const all = Promise.all([
      turns.run("key", work(1, go.given)),
      turns.run("key", work(2)),
      turns.run("key", work(3)),
      turns.run("other", work(4)),
    ]);
    await expect.poll(() => done).toEqual([4]);
    go.give();
    expect([await all, done]).toEqual([
      [1, 2, 3, 4],
      [4, 1, 2, 3],
    ]);
  });

  test("goes on after work that failed, which tells its own caller alone", async () => {
    const turns = new InTurn();
    const failing = turns.run("key", () => Promise.reject(new Error("broken")));
    const next = turns.run("key", async () => "fine");
    await expect(failing).rejects.toThrow("broken");
    expect([await next, await turns.run("key", async () => "later")]).toEqual(["fine", "later"]);
  });
});
