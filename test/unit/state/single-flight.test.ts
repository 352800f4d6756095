import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { SingleFlight } from "../../../src/state/single-flight.js";

/** Work that counts how often it was started. */
function countedWork<Result>(work: () => Promise<Result>): { run: () => Promise<Result>; starts: () => number } {
  let starts = 0;
  return {
    run: () => {
      starts += 1;
      return work();
    },
    starts: () => starts,
  };
}

describe("work that is done once for all who ask at the same time", () => {
  test("is started once, and all get its result", async () => {
    const flight = new SingleFlight<string>();
    const work = countedWork(() => pause(5, "done"));
    const results = await Promise.all(Array.from({ length: 100 }, () => flight.run("key", work.run)));
    expect(new Set(results)).toEqual(new Set(["done"]));
    expect(work.starts()).toBe(1);
  });

  test("tells that it is under way, for its key, until it is done or has failed", async () => {
    const flight = new SingleFlight<string>();
    expect(flight.isUnderWay("key")).toBe(false);
    for (const work of [() => pause(1, "done"), () => Promise.reject<string>(new Error("away"))]) {
      const done = flight.run("key", work).catch(() => "failed");
      expect([flight.isUnderWay("key"), flight.isUnderWay("other")]).toEqual([true, false]);
      await done;
      expect(flight.isUnderWay("key")).toBe(false);
    }
  });

  test("is started for each key", async () => {
    const flight = new SingleFlight<string>();
    const results = await Promise.all(["a", "b", "__proto__"].map((key) => flight.run(key, async () => key)));
    expect(results).toEqual(["a", "b", "__proto__"]);
  });

  test("fails for all who asked, and for nobody after them", async () => {
    const flight = new SingleFlight<string>();
    const fault = new Error("away");
    const work = countedWork(async () => {
      await pause(1);
      throw fault;
    });
    const outcomes = await Promise.allSettled([flight.run("key", work.run), flight.run("key", work.run)]);
    expect(outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason)).toEqual([fault, fault]);
    expect(work.starts()).toBe(1);
    expect(await flight.run("key", async () => "again")).toBe("again");
  });

  test("is started anew by whoever asks after its end", async () => {
    const flight = new SingleFlight<number>();
    let starts = 0;
    const work = async () => ++starts;
    expect([await flight.run("key", work), await flight.run("key", work)]).toEqual([1, 2]);
  });

  test("may throw before it has begun to wait, and blocks nobody then", async () => {
    const flight = new SingleFlight<string>();
    const broken = (): Promise<string> => {
      throw new Error("at once");
    };
    expect(() => flight.run("key", broken)).toThrow("at once");
    expect(await flight.run("key", async () => "again")).toBe("again");
  });
});

describe("the end of all work", () => {
  test("is at once where there is none", async () => {
    expect(await new SingleFlight().settled()).toBeUndefined();
  });

  test("is waited for, however the work ends", async () => {
    const flight = new SingleFlight<string>();
    const ended: string[] = [];
    const end = (name: string, ms: number) => flight.run(name, () => pause(ms, name).finally(() => ended.push(name)));
    const failing = flight.run("failing", () => pause(5).then(() => Promise.reject(new Error("failed"))));
    const all = Promise.allSettled([end("slow", 20), end("quick", 1), failing]);
    await flight.settled();
    expect(ended).toEqual(["quick", "slow"]);
    await all;
  });

  test("is waited for also where the work begins other work", async () => {
    const flight = new SingleFlight<string>();
    const ended: string[] = [];
    const first = flight.run("first", async () => {
      await pause(1);
      void flight.run("second", () => pause(10, "second").finally(() => ended.push("second")));
      return "first";
    });
    await flight.settled();
    expect(ended).toEqual(["second"]);
    expect(await first).toBe("first");
  });
});
