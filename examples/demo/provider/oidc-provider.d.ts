/**
 * The parts of oidc-provider 9.13 that the demo and the tests use. Its types on npm don't compile beside Express 5's own
 * dependencies without `skipLibCheck`.
 */
declare module "oidc-provider" {
  import type { EventEmitter } from "node:events";
  import type { IncomingMessage, ServerResponse } from "node:http";

  /** What the provider tells about a client, and what a caller registers: OpenID Connect's own names. */
  export type ClientMetadata = {
    readonly client_id: string;
    readonly [name: string]: unknown;
  };

  /** oidc-provider's configuration; members that are not named here pass as they are. */
  export interface Configuration {
    readonly clients?: readonly ClientMetadata[];
    readonly jwks?: { readonly keys: readonly object[] };
    readonly features?: Readonly<Record<string, { readonly enabled?: boolean; readonly [name: string]: unknown }>>;
    readonly ttl?: Readonly<Record<string, unknown>>;
    readonly findAccount?: (ctx: ProviderContext, sub: string) => Account | undefined;
    readonly loadExistingGrant?: (ctx: ProviderContext) => Promise<Grant | undefined>;
    readonly issueRefreshToken?: (ctx: ProviderContext, client: Client, code: Code) => boolean;
    readonly interactions?: {
      readonly url?: (ctx: ProviderContext, interaction: { readonly uid: string }) => string;
      readonly policy?: Policy;
    };
    readonly renderError?: (ctx: ProviderContext, out: ErrorBody, error: Error) => void;
    readonly [name: string]: unknown;
  }

  /** A person, as far as tokens tell. */
  export interface Account {
    readonly accountId: string;
    claims(): Readonly<Record<string, unknown>> & { readonly sub: string };
  }

  export interface ErrorBody {
    readonly error: string;
    readonly error_description?: string;
  }

  /** The Koa context of one request. */
  export interface ProviderContext {
    readonly req: IncomingMessage & { readonly originalUrl?: string };
    readonly res: ServerResponse;
    readonly path: string;
    status: number;
    type: string;
    body: unknown;
    set(headers: Readonly<Record<string, string>>): void;
    readonly oidc: {
      /** Undefined where no route has answered. */
      readonly route: string | undefined;
      readonly provider: Provider;
      readonly params: Readonly<Record<string, string | number | undefined>>;
      readonly requestParamScopes: ReadonlySet<string>;
      /** The APIs that tokens are asked for, by their names (RFC 8707). */
      readonly resourceServers: Readonly<Record<string, object>>;
      readonly acr: string | undefined;
      readonly client: Client | undefined;
      readonly session:
        | {
            readonly accountId?: string;
            grantIdFor(clientId: string): string | undefined;
          }
        | undefined;
      readonly result?: { readonly consent?: { readonly grantId?: string } };
      readonly entities: {
        readonly IdTokenHint?: {
          readonly payload: Readonly<Record<string, unknown>>;
        };
        readonly AccessToken?: object;
        readonly RefreshToken?: object;
        readonly RotatedRefreshToken?: object;
        readonly [name: string]: unknown;
      };
    };
  }

  export interface Client {
    readonly clientId: string;
    readonly clientName?: string;
    grantTypeAllowed(type: string): boolean;
  }

  /** An authorization code. */
  export interface Code {
    readonly scopes: ReadonlySet<string>;
  }

  /** An access token as the provider keeps it. */
  export interface AccessToken {
    readonly jti: string;
    readonly accountId: string;
    readonly clientId: string;
    readonly scope: string;
    /** How long it lives, in seconds. */
    readonly expiration: number;
    readonly isValid: boolean;
    save(): Promise<string>;
  }

  export interface Grant {
    addOIDCScope(scope: string): void;
    addResourceScope(resource: string, scope: string): void;
    save(): Promise<string>;
  }

  /** A login that waits for its person. */
  export interface Interaction {
    readonly uid: string;
    readonly prompt: { readonly name: string };
    readonly params: Readonly<Record<string, string | number | undefined>>;
  }

  /** The provider: a Koa application that emits events such as `grant.success`, `grant.error` and `server_error`. */
  export class Provider extends EventEmitter {
    constructor(issuer: string, configuration?: Configuration);
    readonly issuer: string;
    readonly Client: { find(id: string): Promise<Client | undefined> };
    readonly AccessToken: {
      new (of: Readonly<Record<string, unknown>>): AccessToken & Code;
      prototype: AccessToken;
      find(value: string, ...rest: unknown[]): Promise<AccessToken | undefined>;
    };
    readonly RefreshToken: { prototype: object };
    readonly AuthorizationCode: { prototype: object };
    readonly IdToken: {
      new (
        claims: Readonly<Record<string, unknown>>,
        of: { readonly ctx: ProviderContext },
      ): { scope: string; issue(how: { readonly use: "idtoken" }): Promise<string> };
    };
    readonly Session: { get(ctx: ProviderContext): Promise<{ destroy(): Promise<void> }> };
    createContext(req: IncomingMessage, res: ServerResponse): ProviderContext;
    readonly Grant: {
      new (of: { readonly clientId: string; readonly accountId: string }): Grant;
      find(id: string): Promise<Grant | undefined>;
    };
    /** Adds a grant: what answers it, and the parameters that it takes. */
    registerGrantType(
      name: string,
      handler: (ctx: ProviderContext) => Promise<void>,
      params: readonly string[],
      repeatable?: readonly string[],
    ): void;
    callback(): (req: IncomingMessage, res: ServerResponse) => Promise<void>;
    use(middleware: (ctx: ProviderContext, next: () => Promise<void>) => Promise<void>): this;
    interactionDetails(req: IncomingMessage, res: ServerResponse): Promise<Interaction>;
    interactionFinished(req: IncomingMessage, res: ServerResponse, result: object): Promise<void>;
    override on(event: string, listener: (ctx: ProviderContext, ...rest: unknown[]) => void): this;
  }

  export interface Policy {
    get(prompt: string): { readonly checks: { add(check: object): void } } | undefined;
  }

  export const interactionPolicy: {
    base: () => Policy;
    readonly Check: {
      new (reason: string, description: string, check: (ctx: ProviderContext) => boolean): object;
      readonly REQUEST_PROMPT: true;
      readonly NO_NEED_TO_PROMPT: false;
    };
  };
}
