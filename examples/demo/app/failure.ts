/**
 * Turns an error into what a person can be told.
 * @module
 */
import { OidcError } from "express-oidc";
import type { Failure } from "./pages.js";

/** Beginning of a code → what to do about it; the first that fits. */
const advice: ReadonlyArray<readonly [beginning: string, text: string]> = [
  ["OIDC_LOGIN_DENIED", "The login was cancelled. Log in again whenever you like."],
  ["OIDC_LOGIN_REFUSED", "You may not use this app. Ask whoever runs it."],
  ["OIDC_LOGIN_", "This login could not be finished. Start again from the beginning."],
  ["OIDC_PROVIDER_", "The login provider does not answer as it should. Try again in a moment."],
  ["OIDC_SESSION_NOT_MOUNTED", "The app is not set up completely: auth() is missing."],
  ["OIDC_SESSION_", "Your login has ended. Log in again."],
  ["OIDC_TOKEN_EXPIRED", "Your login is too old for this. Log in again."],
  ["OIDC_STEP_UP_UNMET", "This page needs a newer or stronger login than the provider gave."],
  ["OIDC_CLAIMS_", "Your account may not see this page."],
  ["OIDC_STATE_", "The app cannot reach its own storage. Try again in a moment."],
];

/** What to do about an error of this code. */
export function adviceFor(code: string): string {
  return (
    advice.find(([beginning]) => code.startsWith(beginning))?.[1] ?? "Something went wrong on our side. Try again."
  );
}

/** Status, code and words for any error. An unknown one says nothing of its own: its text may not be meant for people. */
export function failureOf(error: unknown): Failure {
  if (error instanceof OidcError) {
    return {
      status: error.status,
      code: error.code,
      message: error.message,
      advice: adviceFor(error.code),
    };
  }
  const status = statusOf(error);
  if (status < 500)
    return {
      status,
      code: "BAD_REQUEST",
      message: "The request was not understood.",
      advice: "Check the address.",
    };
  return {
    status,
    code: "INTERNAL",
    message: "The app made a mistake.",
    advice: adviceFor("INTERNAL"),
  };
}

function statusOf(error: unknown): number {
  if (!(error instanceof Error && "status" in error)) return 500;
  const { status } = error;
  return typeof status === "number" && status >= 400 && status < 600 ? status : 500;
}
