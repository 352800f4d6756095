/**
 * Posted answers that wait: anybody can post them, so there is an end to what they may weigh.
 * @module
 */
import { describe, expect, test } from "vitest";
import { createAnswers } from "../../../src/session/posted-answers.js";
import { stopClock } from "../../support/clock.js";
import { settingsWith } from "../../support/settings.js";

const answer = new URLSearchParams({ code: "c".repeat(500) });
const states = ["a", "b", "c"].map((letter) => letter.repeat(22)) as [string, string, string];

/** Room for two, filled. */
async function openFilled() {
  const answers = createAnswers(settingsWith(), 2000);
  await answers.keep(states[0], answer);
  await answers.keep(states[1], answer);
  return answers;
}

const full = { status: 503, code: "OIDC_STATE_UNAVAILABLE", message: expect.stringMatching(/Limit the rate/) };

describe("posted answers that wait", () => {
  test("are no more than there is room for, and the first ones stay", async () => {
    const answers = await openFilled();
    await expect(answers.keep(states[2], answer)).rejects.toMatchObject(full);
    expect(await answers.take(states[2])).toBeUndefined();
    expect((await answers.take(states[0]))?.toString()).toBe(answer.toString());
  });

  test("leave room when they are fetched", async () => {
    const answers = await openFilled();
    await answers.take(states[0]);
    await answers.keep(states[2], answer);
    expect(await answers.take(states[2])).toEqual(answer);
  });

  test("leave room after a minute, in which nobody fetched them", async () => {
    const clock = stopClock();
    const answers = await openFilled();
    clock.advance(59);
    await expect(answers.keep(states[2], answer)).rejects.toMatchObject(full);
    clock.advance(2);
    await answers.keep(states[2], answer);
    expect([await answers.take(states[0]), await answers.take(states[2])]).toEqual([undefined, answer]);
  });

  test("count once, however often they are posted", async () => {
    const answers = createAnswers(settingsWith(), 2000);
    for (let count = 0; count < 5; count += 1) await answers.keep(states[0], answer);
    await answers.keep(states[1], answer);
    expect(await answers.take(states[1])).toEqual(answer);
  });

  test("can be posted again after they were fetched, and count once then, too", async () => {
    const answers = createAnswers(settingsWith(), 2000);
    for (let count = 0; count < 5; count += 1) {
      await answers.keep(states[0], answer);
      expect(await answers.take(states[0])).toEqual(answer);
    }
    expect(await answers.take(states[0])).toBeUndefined();
  });
});
