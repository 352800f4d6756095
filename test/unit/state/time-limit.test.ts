import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { limitTime } from "../../../src/state/time-limit.js";

/** Keeps the event loop from turning. */
function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

describe("a time limit", () => {
  test("expires once, after its time and not before", async () => {
    let expired = 0;
    limitTime(80, () => (expired += 1));
    await pause(60);
    expect(expired).toBe(0);
    await pause(150);
    expect(expired).toBe(1);
  });

  test("that is cleared never expires", async () => {
    let expired = 0;
    const clear = limitTime(40, () => (expired += 1));
    await pause(25);
    clear();
    await pause(80);
    expect(expired).toBe(0);
  });

  test("does not take a blocked event loop for silence: what has arrived meanwhile comes first", async () => {
    const answers: string[] = [];
    const clear = limitTime(100, () => answers.push("expired"));
    setTimeout(() => {
      answers.push("answered");
      clear();
    }, 120);
    block(200);
    await pause(60);
    expect(answers).toEqual(["answered"]);
  });
});
