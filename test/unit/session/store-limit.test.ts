import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type Answer, StoreLimit } from "../../../src/session/store-limit.js";

/** Makes a call, and notes every answer. */
function hold(limit: StoreLimit, call: (answer: Answer) => void): unknown[][] {
  const answers: unknown[][] = [];
  limit.hold((...answer) => void answers.push(answer), call);
  return answers;
}

describe("the limit of a store", () => {
  test("passes an answer on, once, however often the store calls back", async () => {
    const answers = hold(new StoreLimit(), (answer) => {
      answer(null, "first");
      answer(new Error("a callback that throws is called twice by some stores"));
    });
    await pause(1200);
    expect(answers).toEqual([[null, "first"]]);
  });

  test("makes one error of a store that throws", async () => {
    const fault = new Error("thrown at once");
    const answers = hold(new StoreLimit(), () => {
      throw fault;
    });
    await pause(1200);
    expect(answers).toEqual([[fault, undefined]]);
  });

  test("ends a call after a second of silence, and ignores what comes late", async () => {
    let late: Answer = () => undefined;
    const answers = hold(new StoreLimit(), (answer) => {
      late = answer;
    });
    await pause(1400);
    late(null, "too late");
    expect(answers).toEqual([
      [expect.objectContaining({ message: expect.stringContaining("has not answered") }), undefined],
    ]);
  });

  test("gives a call more time while the store answers others, though not for ever", async () => {
    const limit = new StoreLimit();
    const answers = hold(limit, () => undefined);
    const startedMs = performance.now();
    while (answers.length === 0 && performance.now() - startedMs < 5000) {
      hold(limit, (answer) => answer(null, "another"));
      await pause(100);
    }
    expect(performance.now() - startedMs).toBeGreaterThan(2000);
    expect(performance.now() - startedMs).toBeLessThan(4500);
  });
});
