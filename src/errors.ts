/** @module The errors: a class for who can act, a stable code for what happened, a status that Express and Connect honour. */

/** The HTTP status of each error code. */
const STATUS = {
  OIDC_OPTIONS: 500,
  OIDC_REQUEST_INVALID: 400,
  OIDC_LOGIN_UNKNOWN_STATE: 400,
  OIDC_LOGIN_EXPIRED: 400,
  OIDC_LOGIN_RESPONSE_INVALID: 400,
  OIDC_LOGIN_DENIED: 403,
  OIDC_VISIT_REQUIRED: 403,
  OIDC_PROVIDER_UNREACHABLE: 502,
  OIDC_PROVIDER_UNAVAILABLE: 502,
  OIDC_PROVIDER_RESPONSE_INVALID: 502,
  OIDC_PROVIDER_REFUSED: 502,
  OIDC_PROVIDER_TIMEOUT: 504,
  OIDC_SESSION_MISSING: 401,
  OIDC_SESSION_ENDED: 401,
  OIDC_SESSION_REFRESH_REJECTED: 401,
  OIDC_STEP_UP_REQUIRED: 401,
  OIDC_TOKEN_EXPIRED: 401,
  OIDC_SESSION_NOT_MOUNTED: 500,
  OIDC_SESSION_COOKIE_LOST: 500,
  OIDC_STATE_UNAVAILABLE: 503,
  OIDC_STATE_LOCK_TIMEOUT: 503,
  OIDC_CLAIMS_REJECTED: 403,
  OIDC_SCOPE_MISSING: 403,
  OIDC_STEP_UP_UNMET: 403,
  OIDC_LOGIN_REFUSED: 403,
  OIDC_ORIGIN_REJECTED: 403,
  OIDC_BEARER_MISSING: 401,
  OIDC_BEARER_MALFORMED: 400,
  OIDC_BEARER_INVALID: 401,
  OIDC_BEARER_PROOF_INVALID: 401,
  OIDC_BEARER_NONCE_NEEDED: 401,
  OIDC_BEARER_STEP_UP_REQUIRED: 401,
  OIDC_BEARER_SCOPE_MISSING: 403,
  OIDC_BEARER_CLAIMS_REJECTED: 403,
  OIDC_BEARER_NOT_MOUNTED: 500,
} as const;

/** Every code that an error of this library can carry. Codes are stable; messages are for people and may change. */
export type OidcErrorCode = keyof typeof STATUS;

/** What an error may carry beside its code and message. */
export interface ErrorDetails {
  /** What made it happen. Only its name, message and code are kept: the original may hold tokens. */
  readonly cause?: unknown;
  /** Headers for the answer, honoured by the default error handlers of Express and Connect. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The HTTP status, where it is not the usual one of the code. */
  readonly status?: number;
}

/** What every error of this library has. Errors reach the app through `next(err)`; the library renders none of them. */
export abstract class OidcError<Code extends OidcErrorCode = OidcErrorCode> extends Error {
  /** What happened, for a `switch`. */
  readonly code: Code;
  /** The HTTP status that Express and Connect answer with. */
  readonly status: number;
  /** The headers that Express and Connect put on that answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: withoutSecrets(details.cause) });
    this.name = new.target.name;
    this.code = code;
    this.status = details.status ?? STATUS[code];
    this.headers = { "Cache-Control": "no-store", ...details.headers };
  }
}

/**
 * The options can't be right. Thrown at construction, with every problem at once; `app.use(auth)` is told at the first request, and a
 * mount that does not fit `baseUrl` at the first login. Whoever wrote them can act.
 */
export class OptionsError extends OidcError<"OIDC_OPTIONS"> {
  /** Each problem: the option, the rule that it breaks, and what to write instead. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      "OIDC_OPTIONS",
      `The options of express-oidc can't be right:\n${problems.map((line) => `- ${line}`).join("\n")}`,
    );
    this.problems = problems;
  }
}

type RequestErrorCode = "OIDC_REQUEST_INVALID" | "OIDC_VISIT_REQUIRED";

/** A request to one of our routes that can't be understood, or that is no person's visit. Whoever sent it can act. */
export class RequestError extends OidcError<RequestErrorCode> {}

/** What the provider said when it refused a login. Hostile text: escape it before showing it. */
export interface ProviderAnswer {
  /** The provider's error code, such as `access_denied` (OAuth 2.0 §4.1.2.1). */
  readonly error: string;
  /** The provider's explanation, if it gave one. */
  readonly errorDescription?: string | undefined;
}

type LoginErrorCode = `OIDC_LOGIN_${"UNKNOWN_STATE" | "EXPIRED" | "RESPONSE_INVALID" | "DENIED"}`;

/** A login that did not come to its end. The visitor can act: start again. */
export class LoginError extends OidcError<LoginErrorCode> {
  /** What the provider said, for `OIDC_LOGIN_DENIED`. */
  readonly error: string | undefined;
  /** The provider's explanation. Hostile text: escape it before showing it. */
  readonly errorDescription: string | undefined;

  constructor(code: LoginErrorCode, message: string, details: ErrorDetails & Partial<ProviderAnswer> = {}) {
    super(code, message, details);
    this.error = details.error;
    this.errorDescription = details.errorDescription;
  }
}

type ProviderErrorCode = `OIDC_PROVIDER_${"UNREACHABLE" | "UNAVAILABLE" | "RESPONSE_INVALID" | "REFUSED" | "TIMEOUT"}`;

/** The provider is away, answers nonsense, or refuses this client. The operator can act. */
export class ProviderError extends OidcError<ProviderErrorCode> {
  /** Whether the same request may well succeed in a moment. */
  readonly retryable: boolean;
  /** The provider's error code, where it gave one. */
  readonly error: string | undefined;
  /** The provider's explanation of a refused login, where it gave one. Hostile text: escape it before showing it. */
  readonly errorDescription: string | undefined;

  constructor(code: ProviderErrorCode, message: string, details: ErrorDetails & Partial<ProviderAnswer> = {}) {
    super(code, message, details);
    this.retryable =
      code === "OIDC_PROVIDER_UNREACHABLE" || code === "OIDC_PROVIDER_UNAVAILABLE" || code === "OIDC_PROVIDER_TIMEOUT";
    this.error = details.error;
    this.errorDescription = details.errorDescription;
  }
}

type SessionErrorCode =
  | `OIDC_SESSION_${"MISSING" | "ENDED" | "REFRESH_REJECTED" | "NOT_MOUNTED" | "COOKIE_LOST"}`
  | "OIDC_TOKEN_EXPIRED"
  | "OIDC_STEP_UP_REQUIRED";

/** Nobody is signed in, or no longer (401: the visitor logs in), or the session can't work (500: the developer acts). */
export class SessionError extends OidcError<SessionErrorCode> {}

/** The session store or the shared state is away (503). The operator can act; nothing is lost. */
export class StateError extends OidcError<"OIDC_STATE_UNAVAILABLE" | "OIDC_STATE_LOCK_TIMEOUT"> {}

/** Somebody is signed in, but not allowed here (403). */
export class AccessError extends OidcError<
  "OIDC_CLAIMS_REJECTED" | "OIDC_SCOPE_MISSING" | "OIDC_STEP_UP_UNMET" | "OIDC_LOGIN_REFUSED" | "OIDC_ORIGIN_REJECTED"
> {}

/** The codes of {@link BearerError}. */
export type BearerErrorCode = `OIDC_BEARER_${
  | "MISSING"
  | "MALFORMED"
  | "INVALID"
  | "PROOF_INVALID"
  | "NONCE_NEEDED"
  | "STEP_UP_REQUIRED"
  | "SCOPE_MISSING"
  | "CLAIMS_REJECTED"
  | "NOT_MOUNTED"}`;

/** A call to an API without an access token that is good enough for it. Whoever calls can act; `NOT_MOUNTED` is the developer's. */
export class BearerError extends OidcError<BearerErrorCode> {
  /** The error code of the challenge, such as `invalid_token` (RFC 6750 §3.1); undefined where no token was sent, which is no error. */
  readonly error: string | undefined;

  constructor(
    code: BearerErrorCode,
    message: string,
    details: ErrorDetails & { readonly error?: string | undefined } = {},
  ) {
    super(code, message, details);
    this.error = details.error;
  }
}

/** Every error of this library, so that a `switch` on `code` narrows and can be exhaustive. */
export type AnyOidcError =
  | OptionsError
  | RequestError
  | LoginError
  | ProviderError
  | SessionError
  | StateError
  | AccessError
  | BearerError;

/** The longest text of a provider that we repeat, in characters. */
const LONGEST_FOREIGN_TEXT = 300;

/** A text from outside that may stand in a message: one line, no control characters, not endless. */
export function plainText(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ").slice(0, LONGEST_FOREIGN_TEXT);
}

/**
 * A copy of a cause that may be logged. openid-client's errors carry token responses and callback parameters in nested
 * causes, and a JSON syntax error quotes the text around the fault: neither may reach a log.
 */
function withoutSecrets(cause: unknown, depth = 0): unknown {
  if (cause instanceof OidcError) return cause;
  if (!(cause instanceof Error)) return undefined;
  const message = cause instanceof SyntaxError ? "not valid JSON" : plainText(cause.message);
  const inner = depth < 3 ? withoutSecrets(cause.cause, depth + 1) : undefined;
  const copy: Error & { code?: string } = new Error(message, inner === undefined ? undefined : { cause: inner });
  copy.name = cause.name;
  if ("code" in cause && typeof cause.code === "string") copy.code = cause.code;
  return copy;
}
