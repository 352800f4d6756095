/**
 * What a provider posts over the back channel, and what the app answers.
 * @module
 */
import type { RunningApp } from "./app.js";

/** The answer of the app to a provider. */
export interface ChannelAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>> | undefined;
}

/** Posts a form to the app, without a cookie. */
export async function post(
  app: Pick<RunningApp, "baseUrl">,
  fields: string | Record<string, string>,
): Promise<ChannelAnswer> {
  const answer = await fetch(`${app.baseUrl}/backchannel-logout`, {
    method: "POST",
    body: new URLSearchParams(fields),
  });
  return readAnswer(answer);
}

/** Posts a logout token, and answers the status alone. */
export async function postToken(app: Pick<RunningApp, "baseUrl">, token: string | Promise<string>): Promise<number> {
  return (await post(app, { logout_token: await token })).status;
}

/** What an answer to a machine says. */
export async function readAnswer(answer: Response): Promise<ChannelAnswer> {
  const text = await answer.text();
  const body = text === "" ? undefined : (JSON.parse(text) as Record<string, unknown>);
  return { status: answer.status, headers: answer.headers, body };
}
