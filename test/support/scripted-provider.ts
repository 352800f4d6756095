/**
 * A small OpenID Provider on a real socket that says and does what a test tells it, for all that no honest provider does.
 * It asks nobody: who comes to its authorization endpoint is sent back logged in.
 * @module
 */
import { type KeyObject, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";
import { inMode, sendAnswer, tiesOf, type Unsigned } from "./scripted/answers.js";
import { type ClientProof, isProved, type Registration, readProof } from "./scripted/client-proof.js";
import { answerFaulty, type Fault, type Hold, send } from "./scripted/faults.js";
import { judge } from "./scripted/grant-types.js";
import { type Grant, Grants } from "./scripted/grants.js";
import { PushedRequests, paramsOf } from "./scripted/requests.js";
import { createScript, type Overrides, overlay, type Script } from "./scripted/script.js";
import { atHash, publicJwk, type Sign, type SigningKey, signingKey } from "./scripted/signing.js";
import { createSignal } from "./signal.js";

export type { Registration } from "./scripted/client-proof.js";

/** What can be asked of the provider. Code exchange (`token`), renewal (`refresh`) and all other grants (`grant`) are told apart. */
export type Endpoint =
  | "discovery"
  | "serverDiscovery"
  | "jwks"
  | "par"
  | "authorize"
  | "token"
  | "refresh"
  | "grant"
  | "userinfo"
  | "endSession"
  | "revocation"
  | "introspection";

/** One request that arrived. */
export interface Seen {
  readonly endpoint: Endpoint;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** How the client proved itself. */
  readonly auth: ClientProof;
}

const PATHS: Readonly<Record<string, Endpoint>> = {
  "/.well-known/openid-configuration": "discovery",
  "/.well-known/oauth-authorization-server": "serverDiscovery",
  "/jwks": "jwks",
  "/par": "par",
  "/authorize": "authorize",
  "/token": "token",
  "/userinfo": "userinfo",
  "/end-session": "endSession",
  "/revoke": "revocation",
  "/introspect": "introspection",
};

/** What the API under test is called in access tokens. */
export const apiAudience = "https://api.example.org";

const SECRET = "a client secret that is long enough for the key of HS512, which needs sixty-four bytes";

/** Starts a provider, which stops when the test is over. */
export async function startScriptedProvider(registration: Registration = {}): Promise<ScriptedProvider> {
  const provider = new ScriptedProvider(registration);
  // made before the first request, which must not wait for it: an app may be told to be impatient
  signingKey(provider.script.alg);
  await provider.start();
  onTestFinished(() => provider.stop());
  return provider;
}

/** The provider. */
export class ScriptedProvider {
  /** What it says and does. Change it at any time. */
  readonly script: Script = createScript();
  /** Every request, oldest first. */
  readonly seen: Seen[] = [];
  readonly grants: Grants = new Grants();
  /** What it answers about tokens that it was asked to vouch for, by token. */
  readonly vouched: Map<string, Overrides> = new Map();
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly clientKey: KeyObject | undefined;
  readonly #pushed = new PushedRequests();
  readonly #faults = new Map<Endpoint, { readonly fault: Fault; times: number }>();
  readonly #holds = new Map<Endpoint, () => Promise<void>>();
  #keyIndex = 0;
  #server: Server | undefined;
  #port = 0;

  constructor(registration: Registration) {
    this.clientId = registration.clientId ?? "demo-app";
    this.clientSecret = "clientSecret" in registration ? registration.clientSecret : SECRET;
    this.clientKey = registration.clientKey;
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** What an app needs to know of its registration. */
  get registration(): { issuer: string; clientId: string; clientSecret?: string } {
    const { issuer, clientId, clientSecret } = this;
    return { issuer, clientId, ...(clientSecret !== undefined && { clientSecret }) };
  }

  /** How often an endpoint was asked. */
  calls(endpoint: Endpoint): number {
    return this.seen.filter((request) => request.endpoint === endpoint).length;
  }

  /** The newest request to an endpoint. */
  lastCall(endpoint: Endpoint): Seen | undefined {
    return this.seen.findLast((request) => request.endpoint === endpoint);
  }

  /** Makes an endpoint fail from now on, or for a number of calls. */
  fail(endpoint: Endpoint, fault: Fault, times = Number.POSITIVE_INFINITY): void {
    this.#faults.set(endpoint, { fault, times });
  }

  /** Makes all endpoints well again. */
  heal(): void {
    this.#faults.clear();
  }

  /** Keeps the calls of an endpoint waiting. */
  hold(endpoint: Endpoint): Hold {
    const arrival = createSignal();
    const end = createSignal();
    this.#holds.set(endpoint, () => {
      arrival.give();
      return end.given;
    });
    onTestFinished(end.give);
    return { arrived: arrival.given, release: end.give };
  }

  /** Signs with a new key from now on, and forgets the old one. */
  rotateKeys(): void {
    this.#keyIndex += 1;
  }

  /** A logout token as an honest provider sends it (OpenID Connect Back-Channel Logout 2.4), with values over its parts. */
  logoutToken(claims: Overrides = {}, header: Overrides = {}, sign: Sign = this.script.sign): Promise<string> {
    const { sub, sid } = this.script.person;
    const iat = Math.floor(Date.now() / 1000);
    const events = { "http://schemas.openid.net/event/backchannel-logout": {} };
    const honest = { iss: this.issuer, aud: this.clientId, iat, exp: iat + 120, jti: randomUUID(), sub, sid, events };
    return this.#signed({ claims: overlay(honest, claims), header: { typ: "logout+jwt", ...header } }, sign);
  }

  /** An access token as an honest provider makes it (RFC 9068 2), with values over its parts. */
  accessToken(claims: Overrides = {}, header: Overrides = {}, sign: Sign = this.script.sign): Promise<string> {
    const iat = Math.floor(Date.now() / 1000);
    const { sub } = this.script.person;
    const times = { iat, exp: iat + 600, jti: randomUUID() };
    const honest = { iss: this.issuer, aud: apiAudience, client_id: "a-program", scope: "read", sub, ...times };
    return this.#signed({ claims: overlay(honest, claims), header: { typ: "at+jwt", ...header } }, sign);
  }

  /** An opaque access token of which introspection says what an honest provider would (RFC 7662 2.2), with values over it. */
  opaqueToken(over: Overrides = {}, token = `opaque-${randomUUID()}`): string {
    const iat = Math.floor(Date.now() / 1000);
    const { sub } = this.script.person;
    const who = {
      iss: this.issuer,
      aud: apiAudience,
      client_id: "a-program",
      scope: "read",
      token_type: "Bearer",
      sub,
    };
    this.vouched.set(token, overlay({ active: true, ...who, iat, exp: iat + 600 }, over));
    return token;
  }

  readonly #sign = (draft: Unsigned, sign: Sign = this.script.sign) => this.#signed(draft, sign);

  #signed({ claims, header }: { claims: Overrides; header: Overrides }, sign: Sign): Promise<string> {
    const { alg } = this.script;
    const key = this.#key();
    const kid = alg.startsWith("HS") ? undefined : key.kid;
    return sign({ header: overlay({ alg, kid }, header), claims, key, clientSecret: this.clientSecret ?? "" });
  }

  /** Listens, on the same port as before. */
  async start(): Promise<void> {
    const server = createServer((req, res) => {
      this.#answer(req, res).catch((error: unknown) => send(res, { status: 500, json: { error: String(error) } }));
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    const address = server.address();
    if (typeof address === "object" && address !== null) this.#port = address.port;
  }

  /** Goes away: connections are refused. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? "/", this.issuer);
    const form = new URLSearchParams(req.method === "POST" ? await text(req) : "");
    const path = PATHS[url.pathname];
    if (path === undefined) return send(res, { status: 404, text: "not here" });
    const endpoint = path === "token" ? tokenEndpointFor(form.get("grant_type")) : path;
    const seen = { endpoint, query: url.searchParams, form, headers: req.headers, auth: readProof(req, form) };
    this.seen.push(seen);
    await this.#holds.get(endpoint)?.();
    const failing = this.#faults.get(endpoint);
    if (failing !== undefined && failing.times-- > 0) return answerFaulty(res, failing.fault);
    await this.#respond(seen, res);
  }

  async #respond(seen: Seen, res: ServerResponse): Promise<void> {
    const { script } = this;
    switch (seen.endpoint) {
      case "discovery":
      case "serverDiscovery":
        if (seen.endpoint !== script.discovery) return send(res, { status: 404, text: "not here" });
        return send(res, { status: 200, json: overlay(this.#metadata(), script.metadata) });
      case "jwks":
        return send(res, { status: 200, json: script.jwks ?? { keys: [publicJwk(this.#key())] } });
      case "par":
        return this.#takeRequest(seen, res);
      case "authorize":
        return this.#logIn(seen.query, res);
      case "endSession":
        return sendAnswer(res, seen.query.get("post_logout_redirect_uri"), {
          mode: "query",
          params: { state: seen.query.get("state") },
        });
      case "userinfo":
        return this.#sendUserinfo(seen, res);
      case "revocation":
        this.grants.revoke(seen.form.get("token") ?? "");
        return send(res, { status: 200, text: "" });
      case "introspection":
        return this.#sendIntrospection(seen, res);
      case "token":
      case "refresh":
      case "grant":
        return this.#sendTokens(seen, res);
    }
  }

  #key(): SigningKey {
    return signingKey(this.script.alg, this.#keyIndex);
  }

  #metadata(): Record<string, unknown> {
    const { issuer } = this;
    const endpoints = { jwks_uri: "jwks", authorization_endpoint: "authorize", token_endpoint: "token" };
    const others = {
      userinfo_endpoint: "userinfo",
      end_session_endpoint: "end-session",
      revocation_endpoint: "revoke",
      introspection_endpoint: "introspect",
      pushed_authorization_request_endpoint: "par",
    };
    const urls = Object.entries({ ...endpoints, ...others }).map(([name, path]) => [name, `${issuer}/${path}`]);
    return {
      issuer,
      ...Object.fromEntries(urls),
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: [this.script.alg],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
    };
  }

  async #sendIntrospection({ form, headers, auth }: Seen, res: ServerResponse): Promise<void> {
    const answer = this.#describe(form.get("token") ?? "");
    const type = "application/token-introspection+jwt";
    const { signedIntrospection: signed, sign } = this.script;
    if (signed === false || headers.accept !== type) return send(res, { status: 200, json: answer });
    const honest = { iss: this.issuer, aud: auth.id, iat: Math.floor(Date.now() / 1000), token_introspection: answer };
    const header = { typ: "token-introspection+jwt", ...signed.header };
    const text = await this.#signed({ claims: overlay(honest, signed.claims ?? {}), header }, signed.sign ?? sign);
    send(res, { status: 200, text, headers: { "content-type": signed.contentType ?? type } });
  }

  #describe(token: string): Overrides {
    const vouched = this.vouched.get(token);
    if (vouched !== undefined) return vouched;
    const owner = this.grants.ownerOf(token);
    return owner === undefined || owner.isRevoked
      ? { active: false }
      : { active: true, sub: owner.person["sub"], scope: owner.scope, client_id: this.clientId };
  }

  async #loginResponse(query: URLSearchParams): Promise<Overrides> {
    const { callback, person, alg, frontIdToken, expiresIn } = this.script;
    const state = query.get("state");
    if ("error" in callback) return overlay({ state }, callback);
    const types = (query.get("response_type") ?? "code").split(" ");
    const begun = this.grants.begin(query, person);
    const grant = this.grants.newest;
    const code = types.includes("code") ? begun : undefined;
    const token = types.includes("token") ? this.grants.createAccessToken(grant) : undefined;
    const terms = token === undefined ? {} : { token_type: "Bearer", expires_in: String(expiresIn) };
    const claims = overlay({ ...this.#idTokenClaims(grant), ...tiesOf(code, token, alg) }, frontIdToken.claims ?? {});
    const header = { ...this.script.header, ...frontIdToken.header };
    const idToken = types.includes("id_token")
      ? await this.#signed({ claims, header }, frontIdToken.sign ?? this.script.sign)
      : undefined;
    return overlay({ state, code, id_token: idToken, access_token: token, ...terms }, callback);
  }

  async #takeRequest({ form, auth }: Seen, res: ServerResponse): Promise<void> {
    if (!(await isProved(auth, this, [this.issuer, `${this.issuer}/token`]))) {
      return send(res, { status: 401, json: { error: "invalid_client" } });
    }
    const answer = { request_uri: this.#pushed.keep(form), expires_in: 60 };
    send(res, { status: 201, json: overlay(answer, this.script.pushed) });
  }

  async #logIn(query: URLSearchParams, res: ServerResponse): Promise<void> {
    const { clientKey: key, clientId, issuer } = this;
    const params = await paramsOf(this.#pushed.redeem(query), { key, clientId, issuer });
    const mode = params.get("response_mode") ?? "query";
    const sign = { over: this.script.signedAnswer, issuer, clientId, sign: this.#sign };
    sendAnswer(res, params.get("redirect_uri"), {
      mode,
      params: await inMode(mode, await this.#loginResponse(params), sign),
    });
  }

  async #sendTokens({ endpoint, form, auth }: Seen, res: ServerResponse): Promise<void> {
    const { script } = this;
    if (!(await isProved(auth, this, [this.issuer, `${this.issuer}/token`]))) {
      return send(res, { status: 401, json: { error: "invalid_client" } });
    }
    if (endpoint === "grant") return this.#sendGranted(form, res);
    const isRenewal = endpoint === "refresh";
    if (form.getAll("resource").some((resource) => script.unknownResources.includes(resource)))
      return send(res, { status: 400, json: { error: "invalid_target" } });
    const rotates = script.refreshTokens === "rotate";
    const grant = isRenewal ? this.grants.refresh(form.get("refresh_token") ?? "", rotates) : this.grants.redeem(form);
    if (grant === undefined) return send(res, { status: 400, json: { error: "invalid_grant" } });
    const accessToken = this.grants.createAccessToken(grant);
    const getsRefreshToken = rotates || (script.refreshTokens === "keep" && !isRenewal);
    const response = {
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: script.expiresIn,
      scope: form.get("scope") ?? grant.scope,
      refresh_token: getsRefreshToken ? this.grants.createRefreshToken(grant) : undefined,
      id_token: await this.#idToken(grant, accessToken, isRenewal),
    };
    send(res, { status: 200, json: overlay(response, isRenewal ? script.renewedTokens : script.tokens) });
  }

  async #sendGranted(form: URLSearchParams, res: ServerResponse): Promise<void> {
    const { script, grants } = this;
    const given = judge(form, { grants, person: script.person });
    if (typeof given === "string") return send(res, { status: 400, json: { error: given } });
    const { grant, isOfPerson, more = {} } = given;
    const accessToken = grants.createAccessToken(grant);
    const hasIdToken = isOfPerson && grant.scope.split(" ").includes("openid");
    const response = {
      access_token: accessToken,
      token_type: "Bearer",
      expires_in: script.expiresIn,
      scope: grant.scope,
      refresh_token: isOfPerson ? grants.createRefreshToken(grant) : undefined,
      id_token: hasIdToken ? await this.#idToken(grant, accessToken, false) : undefined,
    };
    send(res, { status: 200, json: overlay(overlay(response, more), script.granted) });
  }

  async #idToken(grant: Grant, accessToken: string, isRenewal: boolean): Promise<string | undefined> {
    const { script } = this;
    const { alg, renewedIdToken } = script;
    if (isRenewal && renewedIdToken === false) return undefined;
    const nonce = isRenewal ? undefined : grant.nonce;
    const claims = { ...this.#idTokenClaims(grant), nonce, at_hash: atHash(accessToken, alg) };
    const over = isRenewal ? { ...script.idToken, ...renewedIdToken } : script.idToken;
    return this.#signed({ claims: overlay(claims, over), header: script.header }, script.sign);
  }

  #idTokenClaims({ person, authTime, nonce }: Grant): Overrides {
    const iat = Math.floor(Date.now() / 1000);
    const { issuer: iss, clientId: aud } = this;
    return { ...person, iss, aud, iat, exp: iat + 3600, auth_time: authTime, nonce };
  }

  #sendUserinfo({ headers }: Seen, res: ServerResponse): void {
    const owner = this.grants.ownerOf((headers.authorization ?? "").replace(/^(?:Bearer|DPoP) /, ""));
    if (owner === undefined) {
      send(res, { status: 401, text: "", headers: { "www-authenticate": 'Bearer error="invalid_token"' } });
    } else {
      send(res, { status: 200, json: overlay(owner.person, this.script.userinfo) });
    }
  }
}

function tokenEndpointFor(grantType: string | null): Endpoint {
  if (grantType === "refresh_token") return "refresh";
  return grantType === "authorization_code" ? "token" : "grant";
}
