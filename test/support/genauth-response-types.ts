/**
 * A login at the emulated GenAuth with another response type than `code`: how that is proven.
 * @module
 */
import type { ResponseType } from "express-oidc";
import { expect, vi } from "vitest";
import { openResponseWorld, whoIsIn } from "./response-world.js";

/** Logs in by `auth(genauth({ responseType }))` with a posted answer, and checks who is signed in. */
export async function proveResponseType(type: ResponseType): Promise<void> {
  // access tokens in the browser are warned of, and the documents have them
  const warned = vi.spyOn(process, "emitWarning").mockReturnValue();
  try {
    const world = await openResponseWorld({ at: "GenAuth", type });
    const browser = world.newBrowser();
    await world.signIn(browser);
    expect(await whoIsIn(browser)).toBe("user-ada");
  } finally {
    warned.mockRestore();
  }
}
