/** @module What a handler finds behind `requireBearer()`: `req.auth`. */
import type { IncomingMessage } from "node:http";
import { inspect } from "node:util";
import { BearerError } from "../errors.js";
import type { Scheme } from "../http/bearer.js";
import type { AccessTokenClaims } from "../provider/access-token.js";
import type { Access } from "../provider/access-tokens.js";
import type { Terms } from "./refusal.js";

/** How a token came. */
export interface Presentation {
  readonly token: string;
  readonly scheme: Scheme;
  /** Headers that the answer must have. */
  readonly answer?: Readonly<Record<string, string>>;
}

/** The access token of a call, verified. Logged or serialised it shows the claims and not the token. */
export class BearerAuth implements Access {
  readonly #token: string;
  readonly #access: Access;
  readonly #terms: Terms;
  readonly #answer: Presentation["answer"];
  /** How the token was presented. */
  readonly scheme: Scheme;
  /** When the token expires, in epoch seconds; absent where its issuer, asked about it, does not say. */
  readonly expiresAt?: number;

  constructor({ token, scheme, answer }: Presentation, access: Access, terms: Terms) {
    this.#token = token;
    this.#answer = answer;
    this.#access = access;
    this.#terms = terms;
    this.scheme = scheme;
    if (access.claims.exp !== undefined) this.expiresAt = access.claims.exp;
  }

  /** What the guard that accepted the call says in its challenges. */
  static termsOf(auth: BearerAuth): Terms {
    return auth.#terms;
  }

  /** What is known of its token, without a copy. */
  static accessOf(auth: BearerAuth): Access {
    return auth.#access;
  }

  /** The headers that an answer to the call must have. */
  static answerOf(auth: BearerAuth): Presentation["answer"] {
    return auth.#answer;
  }

  /** The token itself, to call another API in the caller's name. */
  get token(): string {
    return this.#token;
  }

  /** What the token says. Frozen: other requests share it. */
  get claims(): AccessTokenClaims {
    return this.#access.claims;
  }

  /** What was granted: `scope`, or `scp`. A copy: requests share what it is made from. */
  get scopes(): string[] {
    return [...this.#access.scopes];
  }

  /** Which program calls: `client_id`, or what issuers write instead. Empty where the token does not say. */
  get clientId(): string {
    const { client_id: id, azp, cid, appid } = this.claims;
    const named = [id, azp, cid, appid].find((value) => typeof value === "string");
    return typeof named === "string" ? named : "";
  }

  /** The same as `claims`, by the name that it has in the `AuthInfo` of the Model Context Protocol's SDK. */
  get extra(): Readonly<Record<string, unknown>> {
    return this.claims;
  }

  toJSON(): object {
    return { scheme: this.scheme, claims: this.claims };
  }
}

// not among the members: the name is of Node's, and no part of the types
Object.defineProperty(BearerAuth.prototype, inspect.custom, {
  value(this: BearerAuth) {
    return this.toJSON();
  },
});

/** The access token of a call that a guard has accepted; undefined before one. */
export function authOf(req: IncomingMessage): BearerAuth | undefined {
  return "auth" in req && req.auth instanceof BearerAuth ? req.auth : undefined;
}

/**
 * The access token of a call, with its type, for TypeScript, Connect and bare `node:http`.
 *
 * @throws {BearerError} `OIDC_BEARER_NOT_MOUNTED` (500) when no `requireBearer()` has accepted the call.
 */
export function bearerOf(req: IncomingMessage): BearerAuth {
  const auth = authOf(req);
  if (auth !== undefined) return auth;
  throw new BearerError(
    "OIDC_BEARER_NOT_MOUNTED",
    "No access token has been accepted for this request. Guard its route with requireBearer().",
  );
}

declare global {
  namespace Express {
    interface Request {
      /** The access token of this call. Present behind `requireBearer()`. */
      auth?: BearerAuth;
    }
  }
}
