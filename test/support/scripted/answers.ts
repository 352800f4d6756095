/**
 * The ways in which the scripted provider sends a browser back: by its address, by a form that its page posts, in one signed text.
 * @module
 */
import type { ServerResponse } from "node:http";
import { send } from "./faults.js";
import { type Overrides, overlay } from "./script.js";
import { atHash, type Sign } from "./signing.js";

/** A claim set to sign. */
export interface Unsigned {
  readonly claims: Overrides;
  readonly header: Overrides;
}

/** What differs from an honest signed text. */
export interface SignedOver {
  readonly claims?: Overrides;
  readonly header?: Overrides;
  readonly sign?: Sign;
}

/** How an answer is signed, and for whom. */
export interface AnswerSigning {
  readonly over: SignedOver;
  readonly issuer: string;
  readonly clientId: string;
  readonly sign: (draft: Unsigned, sign?: Sign) => Promise<string>;
}

/** The hashes by which an ID token is tied to what comes beside it (OpenID Connect Core 3.3.2.11). */
export function tiesOf(code: string | undefined, accessToken: string | undefined, alg: string): Overrides {
  return {
    c_hash: code === undefined ? undefined : atHash(code, alg),
    at_hash: accessToken === undefined ? undefined : atHash(accessToken, alg),
  };
}

/** The parameters of an answer, in one signed text where the mode says so (JARM 2.1). */
export async function inMode(mode: string, params: Overrides, by: AnswerSigning): Promise<Overrides> {
  if (!mode.endsWith("jwt")) return params;
  const honest = { ...params, iss: by.issuer, aud: by.clientId, exp: Math.floor(Date.now() / 1000) + 60 };
  const draft = { claims: overlay(honest, by.over.claims ?? {}), header: by.over.header ?? {} };
  return { response: await by.sign(draft, by.over.sign) };
}

/** Sends the browser to a place with an answer. */
export function sendAnswer(res: ServerResponse, to: string | null, answer: { mode: string; params: Overrides }): void {
  if (to === null) {
    send(res, { status: 400, text: "nowhere to go" });
    return;
  }
  const texts = Object.entries(answer.params).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  if (answer.mode.startsWith("form_post")) {
    const inputs = texts.map(([name, value]) => `<input type="hidden" name="${name}" value="${value}">`).join("");
    const text = `<!doctype html><form method="post" action="${to}">${inputs}</form>`;
    send(res, { status: 200, text, headers: { "content-type": "text/html" } });
    return;
  }
  const url = new URL(to);
  for (const [name, value] of texts) url.searchParams.set(name, value);
  send(res, { status: 302, text: "", headers: { location: url.href } });
}
