/**
 * The events of the library, as somebody who counts them hears them.
 * @module
 */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { onTestFinished } from "vitest";
import type { OidcEvents } from "../../src/events.js";

/** What was heard: the name of the channel, and the event. */
export type Heard = { [Name in keyof OidcEvents]: readonly [Name, OidcEvents[Name]] }[keyof OidcEvents];

const names = ["login", "renewal", "logout", "refusal"] as const satisfies (keyof OidcEvents)[];

/** Listens to all channels until the test is over. */
export function listen(): Heard[] {
  const heard: Heard[] = [];
  for (const name of names) {
    const hear = (event: unknown) => void heard.push([name, event] as Heard);
    subscribe(`express-oidc:${name}`, hear);
    onTestFinished(() => void unsubscribe(`express-oidc:${name}`, hear));
  }
  return heard;
}
