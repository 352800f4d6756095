/**
 * An MCP server of the official SDK behind the guard, with that SDK's own client and a real provider: the example, as it is.
 * @module
 */

import type { OAuthClientProvider } from "@modelcontextprotocol/sdk/client/auth.js";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { OAuthClientInformationMixed, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import { decodeJwt } from "jose";
import { describe, expect, onTestFinished, test } from "vitest";
import { Browser } from "../../examples/demo/browser.js";
import { openServer } from "../../examples/demo/listen.js";
import { startMcpProvider } from "../../examples/mcp/provider.js";
import { createMcpApp } from "../../examples/mcp-server.js";
import { ask } from "../support/asking.js";
import { logInAtProvider, step } from "../support/journey.js";

/** The example and its provider. */
async function startHouse() {
  const server = await openServer(0);
  const resource = `http://localhost:${server.port}/mcp`;
  const provider = await startMcpProvider({ resource, scopes: ["house", "door"] });
  onTestFinished(async () => {
    await server.close();
    await provider.close();
  });
  server.answerWith(createMcpApp({ resource, issuer: provider.issuer }));
  return { resource, provider };
}

/** What the SDK's client asks of the program around it: to keep things, and to send a person to log in. */
class Person implements OAuthClientProvider {
  readonly redirectUrl = "http://localhost:9/callback";
  /** Where the client has sent the person, oldest first. */
  readonly sentTo: URL[] = [];
  registered: OAuthClientInformationMixed | undefined;
  held: OAuthTokens | undefined;
  #verifier = "";

  get clientMetadata() {
    return { client_name: "a test", redirect_uris: [this.redirectUrl], token_endpoint_auth_method: "none" };
  }
  clientInformation = () => this.registered;
  tokens = () => this.held;
  codeVerifier = () => this.#verifier;
  saveClientInformation(registered: OAuthClientInformationMixed): void {
    this.registered = registered;
  }
  saveTokens(tokens: OAuthTokens): void {
    this.held = tokens;
  }
  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }
  redirectToAuthorization(url: URL): void {
    this.sentTo.push(url);
  }

  /** Logs in where the client has sent them, and brings the code back. */
  async logIn(transport: StreamableHTTPClientTransport): Promise<void> {
    const browser = new Browser();
    const way = this.sentTo.at(-1) ?? new URL("http://localhost:9");
    await step(browser, way);
    const back = await logInAtProvider(browser, way);
    await transport.finishAuth(back.searchParams.get("code") ?? "");
  }
}

/** A client that talks for a person. */
function newClient(resource: string, person: Person) {
  const transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider: person });
  const client = new Client({ name: "a-test", version: "1.0.0" });
  onTestFinished(() => client.close());
  return { client, transport, connect: () => client.connect(transport) };
}

/** A client that is let in. */
async function enter(resource: string, person = new Person()) {
  const first = newClient(resource, person);
  await expect(first.connect()).rejects.toThrow(UnauthorizedError);
  await person.logIn(first.transport);
  const entered = newClient(resource, person);
  await entered.connect();
  return { person, ...entered };
}

describe("an MCP client without a token", () => {
  test("finds out from the refusal whom to ask, registers there, and asks for what the server needs", async () => {
    const { resource, provider } = await startHouse();
    const person = new Person();
    await expect(newClient(resource, person).connect()).rejects.toThrow(UnauthorizedError);
    const [asked] = person.sentTo;
    expect(asked?.origin).toBe(provider.issuer);
    expect(Object.fromEntries(asked?.searchParams ?? [])).toMatchObject({
      client_id: person.registered?.client_id,
      resource,
      scope: "house",
      code_challenge_method: "S256",
    });
  });

  test("is let in when the person has logged in", async () => {
    const { resource, provider } = await startHouse();
    const { client, person } = await enter(resource);
    expect(decodeJwt(person.held?.access_token ?? "")).toMatchObject({ iss: provider.issuer, aud: resource });
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["who_am_i", "open_door"]);
  });
});

describe("a tool of an MCP server", () => {
  test("knows who calls it, through which client, with which scopes, and how long", async () => {
    const { resource } = await startHouse();
    const { client, person } = await enter(resource);
    const until = new Date((decodeJwt(person.held?.access_token ?? "").exp ?? 0) * 1000).toISOString();
    const text = `You are user-ada. ${person.registered?.client_id} calls for you, with house, until ${until}.`;
    expect((await client.callTool({ name: "who_am_i" })).content).toEqual([{ type: "text", text }]);
  });

  test("that needs more is refused with the scope that it needs, and the client asks for that", async () => {
    const { resource } = await startHouse();
    const { client, transport, person } = await enter(resource);
    await expect(client.callTool({ name: "open_door" })).rejects.toThrow(UnauthorizedError);
    expect(person.sentTo.at(-1)?.searchParams.get("scope")).toBe("house door");
    await person.logIn(transport);
    const { content } = await client.callTool({ name: "open_door" });
    expect(content).toEqual([{ type: "text", text: "The door is open." }]);
  });

  test.each([
    ["in a batch", "application/json", (call: object) => [call]],
    ["under another type", "text/plain", (call: object) => call],
  ])("is not to be had %s without its scope", async (_how, type, body) => {
    const { resource } = await startHouse();
    const { person } = await enter(resource);
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "open_door" } };
    const answer = await fetch(resource, {
      method: "POST",
      headers: { authorization: `Bearer ${person.held?.access_token}`, "content-type": type },
      body: JSON.stringify(body(call)),
    });
    const link = resource.replace("/mcp", "/.well-known/oauth-protected-resource/mcp");
    expect(answer.status).toBe(403);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Bearer error="insufficient_scope", /);
    expect(answer.headers.get("www-authenticate")).toContain(`scope="house door", resource_metadata="${link}"`);
  });
});

describe("an address of an MCP server", () => {
  test("takes calls and no streams, which an MCP client accepts", async () => {
    const { resource } = await startHouse();
    const answer = await ask(resource, { headers: { accept: "text/event-stream" } });
    expect([answer.status, answer.headers.get("allow")]).toEqual([405, "POST"]);
  });
});
