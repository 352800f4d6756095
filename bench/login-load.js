/**
 * The load of the login scenario: whole logins, several visitors at once, each as somebody else.
 *
 * @module
 */
import { keepConnections, logIn } from "./visitor.js";

/**
 * Opens the connections, as they are needed.
 *
 * @param {{ page: URL, start: URL, knowsPerson?: boolean }} target - `knowsPerson`: whether the page names who has logged in.
 * @param {number} count - How many visitors at once.
 */
export async function openLogins({ page, start, knowsPerson = true }, count) {
  const agent = keepConnections();
  let visitors = 0;
  return {
    /**
     * Has them log in, and counts those for whom it did not end with a page that names them.
     *
     * @param {number} logins
     * @param {number} timeoutMs - After which the run is given up.
     */
    async run(logins, timeoutMs) {
      const giveUp = AbortSignal.timeout(timeoutMs);
      let left = logins;
      let wrong = 0;
      async function work() {
        while (left > 0) {
          giveUp.throwIfAborted();
          left -= 1;
          visitors += 1;
          const sub = `person-${visitors}`;
          const onRequest = (/** @type {URL} */ request) => request.searchParams.set("person", sub);
          const body = await logIn(page, { start, agent, onRequest }).then(
            (landed) => landed.body,
            () => undefined,
          );
          if (body === undefined || (knowsPerson && body !== JSON.stringify({ sub }))) wrong += 1;
        }
      }
      await Promise.all(Array.from({ length: count }, work));
      return { wrong };
    },
    close() {
      agent.destroy();
    },
  };
}
