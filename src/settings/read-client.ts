/** @module Reads the options about this app's registration at the provider. */
import type { AuthOptions, IdTokenSigningAlg, Protocol } from "../options.js";
import { ID_TOKEN_ALGS } from "./algs.js";
import { isObject, isText, typed } from "./checks.js";
import { VARIABLES } from "./environment.js";
import { Problems } from "./problems.js";
import { readClientProof } from "./read-client-auth.js";
import { isInsistedOn, UNJUDGED } from "./read-protocol.js";
import { readRequests } from "./read-requests.js";
import type { ClientProof, Settings } from "./settings.js";

/** Parameters that carry the login's own protection: an app that set them would break it. */
const RESERVED: ReadonlySet<string> = new Set([
  "client_id",
  "redirect_uri",
  "response_type",
  "response_mode",
  "scope",
  "state",
  "nonce",
  "code_challenge",
  "code_challenge_method",
  "dpop_jkt",
  "request",
  "request_uri",
  // they would stand in the browser's address
  "client_secret",
  "client_assertion",
  "client_assertion_type",
  "code_verifier",
]);

/** Options for those of them that are the app's to choose. */
const OPTIONS: ReadonlyMap<string, string> = new Map([
  ["scope", "scope"],
  ["response_type", "responseType"],
  ["response_mode", "responseMode"],
]);

/** Said of parameters that are none. */
const NO_PARAMS = "must be an object of names and values";

/** Parameters of which we know what they look like. */
const FORMS: ReadonlyMap<string, { readonly is: (text: string) => boolean; readonly remedy: string }> = new Map([
  ["max_age", { is: (text) => /^\d{1,9}$/.test(text), remedy: "must be a whole number of seconds, 0 or more" }],
  [
    "authorization_details",
    { is: isDetails, remedy: "must be a list of objects that each have a type (RFC 9396, 2), or the JSON of one" },
  ],
]);

/** How this app is registered at the provider, and what it asks for. */
export function readClient(
  problems: Problems,
  options: AuthOptions,
): ClientProof &
  Pick<Settings, "clientId" | "clientSecret" | "par" | "jar" | "jarKey" | "idTokenSigningAlg" | "authorizationParams"> {
  if (!isText(options.clientId)) {
    problems.add("clientId", `is needed: this app's id at the provider, here or in ${VARIABLES.clientId}`);
  }
  const clientSecret = typed<string | undefined>(problems, {
    path: "clientSecret",
    value: options.clientSecret,
    default: undefined,
    is: isText,
    remedy: "must be a text that is not empty",
  });
  const proof = readClientProof(problems, options, clientSecret);
  return {
    clientId: isText(options.clientId) ? options.clientId : "",
    clientSecret,
    ...proof,
    ...readRequests(problems, options, proof.clientKey),
    idTokenSigningAlg: readSigningAlg(problems, options.idTokenSigningAlg, clientSecret),
    authorizationParams: readParams(problems, options.authorizationParams, options.protocol),
  };
}

function readSigningAlg(
  problems: Problems,
  alg: IdTokenSigningAlg | undefined,
  secret: string | undefined,
): IdTokenSigningAlg | undefined {
  if (alg === undefined) return undefined;
  if (!ID_TOKEN_ALGS.includes(alg)) {
    problems.add("idTokenSigningAlg", `must be one of ${ID_TOKEN_ALGS.join(", ")}`);
  } else if (alg.startsWith("HS") && secret !== undefined && Buffer.byteLength(secret) < Number(alg.slice(2)) / 8) {
    problems.add(
      "clientSecret",
      `is too short to be the key of ${alg}: at least ${Number(alg.slice(2)) / 8} bytes (RFC 7518, 3.2); let the provider issue a longer one, or have it sign with RS256`,
    );
  } else if (alg.startsWith("HS") && secret === undefined) {
    problems.add("idTokenSigningAlg", `${alg} needs \`clientSecret\`, which is its key`);
  }
  return alg;
}

function readParams(
  problems: Problems,
  params: AuthOptions["authorizationParams"],
  protocol: Protocol | undefined,
): [string, string][] {
  if (params === undefined) return [];
  if (!isObject(params)) {
    problems.add("authorizationParams", NO_PARAMS);
    return [];
  }
  checkParams(problems, params, protocol);
  return authorizationPairs(params);
}

/** The parameters of one login, as pairs. @throws {OptionsError} when they can't be right. */
export function readLoginParams(
  { protocol }: Pick<Settings, "protocol">,
  params: Readonly<Record<string, unknown>> = {},
): [string, string][] {
  const problems = new Problems();
  if (isObject(params)) checkParams(problems, params, protocol);
  else problems.add("authorizationParams", NO_PARAMS);
  problems.throwIfAny();
  return authorizationPairs(params);
}

/** Refuses parameters that would break the login, that can't be sent, or whose effect nobody could judge. */
export function checkParams(
  problems: Problems,
  params: Readonly<Record<string, unknown>>,
  protocol: Protocol = "oidc",
): void {
  for (const [name, value] of Object.entries(params)) {
    const problem = brokenParam(name, value) ?? (protocol === "oauth2" && isInsistedOn(name) ? UNJUDGED : undefined);
    if (problem !== undefined) problems.add(`authorizationParams.${name}`, problem);
  }
}

/** What is wrong with one parameter, whatever the provider speaks. */
function brokenParam(name: string, value: unknown): string | undefined {
  if (RESERVED.has(name)) {
    const option = OPTIONS.get(name);
    return `is set by the login itself; ${option === undefined ? "leave it out" : `use the option \`${option}\``}`;
  }
  const texts = textsOf(value);
  if (texts === undefined) return "must be a text, a number, a list of texts, or plain JSON";
  const form = FORMS.get(name);
  return form === undefined || texts.every(form.is) ? undefined : form.remedy;
}

/**
 * Authorization parameters as pairs of name and text. A list stands for the parameter several times (RFC 8707 §2); reserved names, and
 * values that can't be sent, are left out.
 */
export function authorizationPairs(params: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(params)
    .filter(([name]) => !RESERVED.has(name))
    .flatMap(([name, value]) => (textsOf(value) ?? []).map((text): [string, string] => [name, text]));
}

/** The texts that a value stands for: none, one or several. Undefined for what can't be sent. */
export function textsOf(value: unknown): string[] | undefined {
  if (value === undefined || value === null) return [];
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return [String(value)];
  if (!Array.isArray(value)) return isObject(value) ? jsonOf(value) : undefined;
  if (value.every((one) => typeof one === "string")) return value;
  return value.every(isObject) ? jsonOf(value) : undefined;
}

function jsonOf(value: object): string[] | undefined {
  try {
    return [JSON.stringify(value)];
  } catch {
    return undefined;
  }
}

/** Whether a text is a list of what may be granted in detail (RFC 9396 §2). */
function isDetails(text: string): boolean {
  try {
    const details: unknown = JSON.parse(text);
    return Array.isArray(details) && details.every((one) => isObject(one) && isText(one["type"]));
  } catch {
    return false;
  }
}
