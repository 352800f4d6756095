/** @module Reads what the provider speaks, and what follows from that: the scope, who tells of the person, what can't be judged. */
import type { AuthOptions, RoutesOptions, UserinfoOptions } from "../options.js";
import { group, isBoolean, isObject, isText, typed } from "./checks.js";
import type { Problems } from "./problems.js";
import type { Routes, Settings } from "./settings.js";

/** Why `max_age` and `acr` are refused in plain OAuth 2.0. */
export const UNJUDGED =
  "can't be insisted on in plain OAuth 2.0, where nothing tells when and how the person logged in; leave it out, or use a provider with OpenID Connect";

/** Whether an authorization parameter is one that a login must meet, which only an ID token can show. */
export function isInsistedOn(name: string): boolean {
  return name === "max_age" || name === "acr_values";
}

/** What is asked for where nothing is said. */
const USUAL_SCOPE = { oidc: "openid profile email", oauth2: "user" };

type ProtocolSettings = Pick<Settings, "protocol" | "scope" | "userinfo" | "subjectMember">;

/** What the provider speaks. */
export function readProtocol(problems: Problems, options: AuthOptions): ProtocolSettings {
  const protocol = typed(problems, {
    path: "protocol",
    value: options.protocol,
    default: "oidc",
    is: (value) => value === "oidc" || value === "oauth2",
    remedy: 'must be "oidc" (OpenID Connect) or "oauth2" (plain OAuth 2.0)',
  });
  const parts = protocol === "oidc" ? readOidc(problems, options) : readOAuth2(problems, options);
  return { ...parts, scope: readScope(problems, parts, options.scope) };
}

/** A scope of a login. */
export function readScope(
  problems: Problems,
  { protocol }: Pick<Settings, "protocol">,
  scope: string | undefined,
): string {
  const words = wordsOf(scope === undefined ? USUAL_SCOPE[protocol] : scope);
  const problem = protocol === "oidc" ? brokenOidcScope(words) : brokenOAuth2Scope(words);
  if (problem !== undefined) problems.add("scope", problem);
  return words?.join(" ") ?? "";
}

function brokenOidcScope(words: readonly string[] = []): string | undefined {
  return words.includes("openid") ? undefined : 'must contain "openid", without which the provider issues no ID token';
}

function brokenOAuth2Scope(words: readonly string[] | undefined): string | undefined {
  if (words === undefined) return "must be a text of words with spaces between";
  const isOpenId = words.includes("openid");
  return isOpenId ? '"openid" asks for an ID token, which plain OAuth 2.0 has not; write protocol: "oidc"' : undefined;
}

function readOidc(problems: Problems, { userinfo }: AuthOptions): Omit<ProtocolSettings, "scope"> {
  return {
    protocol: "oidc",
    userinfo: typed(problems, {
      path: "userinfo",
      // an object is refused as well: only plain OAuth 2.0 needs to be told who the person is
      value: userinfo as boolean | undefined,
      default: false,
      is: isBoolean,
      remedy: "must be true or false",
    }),
    subjectMember: "sub",
  };
}

function readOAuth2(problems: Problems, { userinfo, idTokenSigningAlg }: AuthOptions): Omit<ProtocolSettings, "scope"> {
  if (idTokenSigningAlg !== undefined) {
    problems.add("idTokenSigningAlg", "there is no ID token in plain OAuth 2.0; leave it out");
  }
  return { protocol: "oauth2", userinfo: true, subjectMember: readSubjectMember(problems, userinfo) };
}

function readSubjectMember(problems: Problems, userinfo: AuthOptions["userinfo"]): string {
  if (userinfo === undefined || userinfo === true) return "sub";
  if (!isObject(userinfo)) {
    problems.add(
      "userinfo",
      "is always asked for in plain OAuth 2.0, where nothing else tells who somebody is; leave it out",
    );
    return "sub";
  }
  const options: UserinfoOptions = group(problems, { path: "userinfo", value: userinfo, known: ["sub"] });
  return typed(problems, {
    path: "userinfo.sub",
    value: options.sub,
    default: "sub",
    is: isText,
    remedy: 'must name the member of userinfo that says who the person is, such as "id"',
  });
}

function wordsOf(scope: unknown): readonly string[] | undefined {
  return typeof scope === "string" ? scope.split(/\s+/).filter((word) => word !== "") : undefined;
}

/** The routes that a provider's logout calls are turned off where it has no ID tokens: it has no logout tokens either. */
export function withoutLogoutTokens(problems: Problems, routes: Routes, given: RoutesOptions | undefined): Routes {
  for (const name of ["backchannelLogout", "frontchannelLogout"] as const) {
    if (!isText(given?.[name])) continue;
    problems.add(`routes.${name}`, "is a part of OpenID Connect, which plain OAuth 2.0 has not; leave it out");
  }
  return { ...routes, backchannelLogout: undefined, frontchannelLogout: undefined };
}
