import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { type Answer, StoreLimit } from "../../../src/session/store-limit.js";

/** Makes a call, and notes every answer. */
function hold(limit: StoreLimit, call: (answer: Answer) => void): unknown[][] {
  const answers: unknown[][] = [];
  limit.hold((...answer) => void answers.push(answer), call);
  return answers;
}

/** Makes a call that lasts as long as something else does: a request, say. */
function holdFor(limit: StoreLimit, request: object, call: (answer: Answer) => void): WeakRef<object> {
  limit.hold(() => void request, call);
  return new WeakRef(request);
}

/** Frees what nobody holds any more. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

/** A store that has been silent for so long that its limit knows. */
async function silent(): Promise<{ limit: StoreLimit; late: Answer }> {
  const limit = new StoreLimit();
  let late: Answer = () => undefined;
  const answers = hold(limit, (answer) => {
    late = answer;
  });
  await expect.poll(() => answers, { timeout: 3000 }).toHaveLength(1);
  return { limit, late };
}

const away = [expect.objectContaining({ message: expect.stringContaining("has not answered") })];

// each waits for seconds: all at once
describe.concurrent("the limit of a store", () => {
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

describe.concurrent("the limit of a store that stays silent", () => {
  test("keeps nothing of a request that was answered, though the store keeps its callback for ever", async () => {
    const kept: Answer[] = [];
    const request = holdFor(new StoreLimit(), { body: "x" }, (answer) => void kept.push(answer));
    await pause(1400);
    collectGarbage();
    expect([request.deref(), kept.length]).toEqual([undefined, 1]);
  });

  test("fails calls at once, with the same error, and lets one in half a second pass", async () => {
    const { limit } = await silent();
    let asked = 0;
    const ask = () =>
      hold(limit, () => {
        asked += 1;
      });
    const calls = Array.from({ length: 10 }, ask);
    expect([asked, calls]).toEqual([1, [[], ...Array.from({ length: 9 }, () => [away])]]);
    await pause(550);
    expect([ask(), ask()]).toEqual([[], [away]]);
    expect(asked).toBe(2);
  });

  test.each<[string, (late: Answer, limit: StoreLimit) => void]>([
    ["late", (late) => late(null, "at last")],
    ["with an error", (late) => late(new Error("LOADING Redis is loading the dataset in memory"))],
    ["the one call that it is asked", (_late, limit) => void hold(limit, (answer) => answer(null, "again"))],
  ])("lets every call pass again when the store answers %s", async (_how, answerOf) => {
    const { limit, late } = await silent();
    hold(limit, () => undefined);
    expect(hold(limit, (answer) => answer(null, "asked"))).toEqual([away]);
    await pause(550);
    answerOf(late, limit);
    const calls = Array.from({ length: 3 }, () => hold(limit, (answer) => answer(null, "asked")));
    expect(calls).toEqual([[[null, "asked"]], [[null, "asked"]], [[null, "asked"]]]);
  });

  test("takes no store that answers others for silent, however long one call takes", async () => {
    const limit = new StoreLimit();
    const slow = hold(limit, () => undefined);
    while (slow.length === 0) {
      hold(limit, (answer) => answer(null, "another"));
      await pause(100);
    }
    const calls = Array.from({ length: 3 }, () => hold(limit, (answer) => answer(null, "asked")));
    expect(calls).toEqual([[[null, "asked"]], [[null, "asked"]], [[null, "asked"]]]);
  });
});
