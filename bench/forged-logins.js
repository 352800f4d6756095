/**
 * Logins that must not count: each answer of the provider with one thing wrong. A contender that lets one in is refused, not measured.
 *
 * @module
 */
import { LoginFailed, logIn } from "./visitor.js";

/** What the provider of the bench can get wrong, by the name it goes by there. */
const forgeries = {
  key: "an ID token signed by another key",
  none: "an ID token with the algorithm none",
  person: "an ID token whose person was changed",
  nonce: "an ID token of another login",
  aud: "an ID token for another client",
  iss: "an ID token of another issuer",
  exp: "an expired ID token",
  state: "the answer to another login",
  "response-iss": "the answer of another provider",
};

/** What an authorization request must carry. */
const protections = { state: /./, nonce: /./, code_challenge: /^[\w-]{43}$/, code_challenge_method: /^S256$/ };

/**
 * Logs in rightly, then with each thing wrong.
 *
 * @param {URL} page
 * @param {URL} start
 * @returns {Promise<string | undefined>} what is wrong with the contender, or nothing.
 */
export async function findLoginWeakness(page, start) {
  /** @type {string[]} */
  const weaknesses = [];
  await logIn(page, { start, onRequest: (request) => weaknesses.push(...missingFrom(request)) });
  for (const [forge, what] of Object.entries(forgeries)) {
    try {
      await logIn(page, { start, onRequest: (request) => request.searchParams.set("forge", forge) });
      weaknesses.push(`${what} is let in`);
    } catch (error) {
      if (!(error instanceof LoginFailed)) throw error;
    }
  }
  return weaknesses.length > 0 ? weaknesses.join("; ") : undefined;
}

/** @param {URL} request */
function missingFrom({ searchParams }) {
  return Object.entries(protections)
    .filter(([name, form]) => !form.test(searchParams.get(name) ?? ""))
    .map(([name]) => `the authorization request has no ${name}`);
}
