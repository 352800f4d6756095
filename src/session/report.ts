/** @module Tells of an error before it goes on to the app's error handler. */
import type { IncomingMessage } from "node:http";
import { OidcError } from "../errors.js";
import { publish } from "../events.js";
import type { Settings } from "../settings/settings.js";
import { trace } from "../trace.js";
import type { Visit } from "./visit.js";

/** Traces an error and tells `onError`, whose own failure, now or later, must not hide it. */
export function report({ instance, req }: Visit, error: unknown): void {
  trace("failed: %s", error instanceof OidcError ? reasonOf(error) : "an error of the app's or an unknown one");
  if (error instanceof OidcError) publishRefusal(instance.settings, error);
  tell(instance.settings, error, req).catch(() => trace("failed: onError threw an error of its own"));
}

/** Tells whoever counts that a request was refused. */
export function publishRefusal(
  { issuerName: issuer, clientId }: Settings,
  { code, status }: Pick<OidcError, "code" | "status">,
): void {
  publish("refusal", { issuer, clientId, code, status });
}

/** The code and what lies behind it; causes hold no secret. */
function reasonOf({ code, cause }: OidcError): string {
  return cause instanceof Error ? `${code} (${cause.message})` : code;
}

async function tell({ onError }: Settings, error: unknown, req: IncomingMessage): Promise<void> {
  await onError?.(error, req);
}
