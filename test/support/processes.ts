/**
 * One app in several processes, as far as that can be in one: they share nothing but what their options share.
 * @module
 */
import { Browser } from "../../examples/demo/browser.js";
import { type ScriptedWorld, type ScriptedWorldOptions, startScriptedWorld } from "./scripted-world.js";

/** Two processes. People log in at the first; both have its address for people, and a socket each. */
export interface Processes {
  readonly first: ScriptedWorld;
  readonly second: ScriptedWorld;
}

/** Starts two processes of one app. */
export async function startTwo(world: ScriptedWorldOptions): Promise<Processes> {
  const first = await startScriptedWorld(world);
  const options = { ...world.options, baseUrl: first.app.baseUrl };
  const second = await startScriptedWorld({ ...world, provider: first.provider, options });
  return { first, second };
}

/** Signs people in one after the other, each with a browser of their own. Claims of the provider's say who they are. */
export async function signInEach(
  { provider, signIn }: ScriptedWorld,
  people: ReadonlyArray<Readonly<Record<string, unknown>>>,
): Promise<Browser[]> {
  const browsers = [];
  for (const person of people) {
    provider.script.person = person;
    browsers.push((await signIn()).browser);
  }
  return browsers;
}

/** What each browser is answered by a guarded route of a process. */
export function statuses(browsers: readonly Browser[], { app }: ScriptedWorld): Promise<number[]> {
  return Promise.all(
    browsers.map(async (browser) => {
      const headers = { cookie: browser.cookies.header(new URL(app.baseUrl)) };
      return (await new Browser().fetch(`${app.url}/api`, { headers })).status;
    }),
  );
}
