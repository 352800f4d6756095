/** @module Reads the options about this app's registration at the provider. */
import type { AuthOptions, IdTokenSigningAlg } from "../options.js";
import { ID_TOKEN_ALGS } from "./algs.js";
import { isBoolean, isObject, isText, typed } from "./checks.js";
import { VARIABLES } from "./environment.js";
import { Problems } from "./problems.js";
import { readClientProof } from "./read-client-auth.js";
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
  "request",
  "request_uri",
]);

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
  Pick<
    Settings,
    | "clientId"
    | "clientSecret"
    | "par"
    | "jar"
    | "jarKey"
    | "idTokenSigningAlg"
    | "scope"
    | "authorizationParams"
    | "userinfo"
  > {
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
    scope: readScope(problems, options.scope),
    authorizationParams: readParams(problems, options.authorizationParams),
    userinfo: typed(problems, {
      path: "userinfo",
      value: options.userinfo,
      default: false,
      is: isBoolean,
      remedy: "must be true or false",
    }),
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

/** A scope of a login. */
export function readScope(problems: Problems, scope: string | undefined): string {
  if (scope === undefined) return "openid profile email";
  const words = typeof scope === "string" ? scope.split(/\s+/).filter((word) => word !== "") : [];
  if (!words.includes("openid"))
    problems.add("scope", 'must contain "openid", without which the provider issues no ID token');
  return words.join(" ");
}

function readParams(problems: Problems, params: AuthOptions["authorizationParams"]): [string, string][] {
  if (params === undefined) return [];
  if (!isObject(params)) {
    problems.add("authorizationParams", "must be an object of names and values");
    return [];
  }
  checkParams(problems, params);
  return authorizationPairs(params);
}

/** The parameters of one login, as pairs. @throws {OptionsError} when they can't be right. */
export function readLoginParams(params: Readonly<Record<string, unknown>> = {}): [string, string][] {
  const problems = new Problems();
  checkParams(problems, params);
  problems.throwIfAny();
  return authorizationPairs(params);
}

/** Refuses parameters that would break the login, or that can't be sent. */
export function checkParams(problems: Problems, params: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(params)) {
    const texts = textsOf(value);
    const form = FORMS.get(name);
    if (RESERVED.has(name)) {
      const remedy = name === "scope" ? "use the option `scope`" : "leave it out";
      problems.add(`authorizationParams.${name}`, `is set by the login itself; ${remedy}`);
    } else if (texts === undefined) {
      problems.add(`authorizationParams.${name}`, "must be a text, a number, a list of texts, or plain JSON");
    } else if (form !== undefined && !texts.every(form.is)) {
      problems.add(`authorizationParams.${name}`, form.remedy);
    }
  }
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
