/** @module Reads how a login comes back with the browser: what the provider sends, and in which form. */
import type { AuthOptions, ResponseMode, ResponseType } from "../options.js";
import type { Problems } from "./problems.js";
import type { Settings } from "./settings.js";

const TYPES: readonly ResponseType[] = [
  "code",
  "code id_token",
  "id_token",
  "id_token token",
  "code token",
  "code id_token token",
];

/** A type with which all access tokens come from the token endpoint. */
type HiddenType = Extract<ResponseType, "code" | "code id_token">;

const HIDDEN: readonly HiddenType[] = ["code", "code id_token"];

const MODES: readonly ResponseMode[] = ["query", "form_post", "jwt", "query.jwt", "form_post.jwt"];

/** Whether the answer is a form that the provider's page posts. */
export function isPosted(mode: string): boolean {
  return mode.startsWith("form_post");
}

/** Whether the answer is one text that the provider has signed (JARM). */
export function isSigned(mode: string): boolean {
  return mode.endsWith("jwt");
}

/** Whether an option asks for a type with which all access tokens come from the token endpoint. */
export function isHidden(type: unknown): boolean {
  return HIDDEN.some((one) => one === (type ?? "code"));
}

/** What comes back, and how. */
export function readResponse(
  problems: Problems,
  options: AuthOptions,
  around: TypeLimits & Pick<Settings, "https">,
): Pick<Settings, "responseType" | "responseMode"> {
  const responseType = readType(problems, options, around);
  const responseMode = readMode(problems, options, responseType);
  if (isPosted(responseMode) && !around.https) {
    problems.add(
      "baseUrl",
      `must be https with responseMode ${responseMode}: another site's page posts the answer, and browsers send a cookie along with that only if it is Secure; use https, on this machine too, or responseType "code" with responseMode "query"`,
    );
  }
  return { responseType, responseMode };
}

/** The same for a login by hand, which ends with the tokens of a code. */
export function readResponseByHand(
  problems: Problems,
  request: { readonly responseType?: unknown; readonly responseMode?: unknown },
  { protocol, profile }: Pick<Settings, "protocol" | "profile">,
): { readonly responseType: HiddenType; readonly responseMode: ResponseMode } {
  const responseType = HIDDEN.find((one) => one === (request.responseType ?? "code"));
  if (responseType === undefined)
    problems.add("responseType", "must be code or code id_token in a login by hand; auth() takes the others");
  else if (responseType !== "code" && (protocol === "oauth2" || profile !== undefined))
    problems.add("responseType", "must be code in plain OAuth 2.0 and with profile fapi2; leave it out");
  return {
    responseType: responseType ?? "code",
    responseMode: readMode(problems, request, responseType ?? "code"),
  };
}

function readType(problems: Problems, { responseType: value }: AuthOptions, around: TypeLimits): ResponseType {
  const type = TYPES.find((one) => one === (value ?? "code"));
  const problem = type === undefined ? unknownType(value) : brokenType(type, around);
  if (problem !== undefined) problems.add("responseType", problem);
  return type ?? "code";
}

function unknownType(value: unknown): string {
  return value === "token"
    ? "must not be token alone: nothing would tell who has logged in, nor whether the access token was made for this app (RFC 9700, 2.1.2); use code"
    : `must be one of ${quoted(TYPES)}, in this spelling`;
}

/** What limits the choice of types. */
type TypeLimits = Pick<Settings, "protocol" | "userinfo" | "dpopAlgs" | "certificateBoundTokens">;

function brokenType(
  type: ResponseType,
  { protocol, userinfo, dpopAlgs, certificateBoundTokens }: TypeLimits,
): string | undefined {
  if (protocol === "oauth2" && type !== "code") {
    return "must be code in plain OAuth 2.0, where no ID token shows that the answer is this login's; leave it out";
  }
  const bound = dpopAlgs !== undefined ? "dpop" : certificateBoundTokens && "certificateBoundTokens";
  if (bound && !isHidden(type)) {
    return `must be code or code id_token with ${bound}, for an access token that comes with the browser is bound to no key`;
  }
  const needsToken = type === "id_token" && userinfo;
  return needsToken ? "id_token brings no access token, which the option userinfo needs; use code" : undefined;
}

function readMode(
  problems: Problems,
  { responseMode: value }: { readonly responseMode?: unknown },
  type: ResponseType,
): ResponseMode {
  const usual = type === "code" ? "query" : "form_post";
  const mode = MODES.find((one) => one === (value ?? usual));
  const problem = mode === undefined ? unknownMode(value) : brokenMode(mode, type);
  if (problem !== undefined) problems.add("responseMode", problem);
  return mode ?? usual;
}

function unknownMode(value: unknown): string {
  return typeof value === "string" && value.startsWith("fragment")
    ? "must not be in the fragment, for browsers never send that part of an address to a server; use form_post"
    : `must be one of ${quoted(MODES)}`;
}

/** Tokens must not stand in an address (Multiple Response Types §5, JARM §2.3.1); `jwt` would put them into its fragment. */
function brokenMode(mode: ResponseMode, type: ResponseType): string | undefined {
  if (type === "code" || isPosted(mode)) return undefined;
  return `must be form_post or form_post.jwt with responseType ${type}, for tokens must not stand in an address`;
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}
