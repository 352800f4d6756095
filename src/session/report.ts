/** @module Tells of an error before it goes on to the app's error handler. */
import { OidcError } from "../errors.js";
import { trace } from "../trace.js";
import type { Visit } from "./visit.js";

/** Traces an error and tells `onError`, whose own failure must not hide it. */
export function report({ logins, req }: Visit, error: unknown): void {
  trace("failed: %s", error instanceof OidcError ? error.code : "an error of the app's or an unknown one");
  try {
    logins.settings.onError?.(error, req);
  } catch {
    trace("failed: onError threw an error of its own");
  }
}
