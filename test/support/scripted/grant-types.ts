/**
 * The grants of a scripted provider that need no browser.
 * @module
 */
import type { Grant, Grants } from "./grants.js";
import type { Overrides } from "./script.js";

/** The one person who has a password there. */
export const passwordOfAda = "lovelace, and nobody else knows it";

/** An extension grant that the provider knows, and the assertion that it takes. */
export const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";
export const goodAssertion = "an.assertion.of-somebody-trusted";

const exchange = "urn:ietf:params:oauth:grant-type:token-exchange";
const accessTokenType = "urn:ietf:params:oauth:token-type:access_token";

/** What a grant gives: the login that its tokens are of, and what is special about the answer. */
export interface Given {
  readonly grant: Grant;
  /** Whether there is a person, for whom there may be a refresh token and an ID token. */
  readonly isOfPerson: boolean;
  readonly more?: Overrides;
}

/** Judges a token request of any other grant than code and refresh token; the error code where it is refused. */
export function judge(
  form: URLSearchParams,
  { grants, person }: { grants: Grants; person: Overrides },
): Given | string {
  const grant = newGrant(form, person);
  switch (form.get("grant_type") ?? "") {
    case "client_credentials":
      if (form.get("scope")?.includes("forbidden")) return "invalid_scope";
      return { grant, isOfPerson: false, more: form.has("scope") ? {} : { scope: undefined } };
    case "password": {
      const isRight = form.get("username") === "ada" && form.get("password") === passwordOfAda;
      return isRight ? { grant, isOfPerson: true } : "invalid_grant";
    }
    case exchange: {
      const owner = grants.ownerOf(form.get("subject_token") ?? "");
      if (owner === undefined) return "invalid_request";
      const type = form.get("requested_token_type") ?? accessTokenType;
      const more = { issued_token_type: type, ...(type !== accessTokenType && { token_type: "N_A" }) };
      return { grant: { ...grant, person: owner.person }, isOfPerson: false, more };
    }
    case jwtBearer:
      return form.get("assertion") === goodAssertion ? { grant, isOfPerson: false } : "invalid_grant";
    default:
      return "unsupported_grant_type";
  }
}

function newGrant(form: URLSearchParams, person: Overrides): Grant {
  return {
    person,
    nonce: undefined,
    authTime: Math.floor(Date.now() / 1000),
    scope: form.get("scope") ?? "",
    redirectUri: null,
    challenge: null,
    isRevoked: false,
  };
}
