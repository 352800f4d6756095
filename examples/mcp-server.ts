/**
 * An MCP server, built with the official SDK, whose tools know who calls them. `mcp/start.ts` starts it.
 * @module
 */
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import express, { type Express } from "express";
import { requireBearer, resourceMetadata } from "express-oidc";

/** Where the server is, and whose tokens it takes. */
export interface McpAppOptions {
  /** The address that people give their MCP client, path included: `https://house.example.com/mcp`. */
  readonly resource: string;
  readonly issuer: string;
}

/** The app. A client that comes without a token finds out from the answer whom to ask for one. */
export function createMcpApp({ resource, issuer }: McpAppOptions): Express {
  const guard = requireBearer({ issuer, resource, scope: "house" });
  // all scopes that the call needs: an MCP client asks for what the challenge names, and for nothing else
  const doorGuard = requireBearer({ scope: "house door" });

  const app = express();
  app.use(resourceMetadata(guard, doorGuard, { name: "The house" }));
  // whatever type the body says it has: the SDK must see what the next line sees
  app.post("/mcp", guard, express.json({ type: () => true }));
  app.post("/mcp", (req, res, next) => (callsTool(req.body, "open_door") ? doorGuard(req, res, next) : next()));
  app.post("/mcp", async (req, res) => {
    // a server for each call: the next one may come to another process
    const server = createMcpServer();
    const transport = new StreamableHTTPServerTransport();
    res.on("close", () => void server.close());
    await server.connect(transport);
    await transport.handleRequest(req, res, req.body);
  });
  app.all("/mcp", (_req, res) => void res.status(405).set("Allow", "POST").end());
  return app;
}

function createMcpServer(): McpServer {
  const server = new McpServer({ name: "house", version: "1.0.0" });
  server.registerTool("who_am_i", { description: "Tells who calls" }, ({ authInfo }) => {
    if (authInfo === undefined) throw new Error("This server must stand behind its guard.");
    const { clientId, scopes, expiresAt = 0, extra } = authInfo;
    const until = new Date(expiresAt * 1000).toISOString();
    return say(
      `You are ${String(extra?.["sub"])}. ${clientId} calls for you, with ${scopes.join(", ")}, until ${until}.`,
    );
  });
  server.registerTool("open_door", { description: "Opens the door" }, () => say("The door is open."));
  return server;
}

function say(text: string) {
  return { content: [{ type: "text" as const, text }] };
}

interface Message {
  readonly method?: string;
  readonly params?: { readonly name?: string };
}

/** Whether a message, or one of several, calls a tool. */
function callsTool(body: Message | Message[] | undefined, name: string): boolean {
  return [body].flat().some((message) => message?.method === "tools/call" && message.params?.name === name);
}
