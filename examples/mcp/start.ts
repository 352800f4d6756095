/**
 * Starts the MCP server, and a provider to log in at: `npm run build`, then `node build/examples/mcp/start.js`.
 * @module
 */
import { openServer } from "../demo/listen.js";
import { createMcpApp } from "../mcp-server.js";
import { startMcpProvider } from "./provider.js";

const server = await openServer(3000);
const resource = `http://localhost:${server.port}/mcp`;
const provider = await startMcpProvider({ port: 3001, resource, scopes: ["house", "door"] });
server.answerWith(createMcpApp({ resource, issuer: provider.issuer }));
console.log(`Give an MCP client the address ${resource} and log in as ada with the password lovelace. Ctrl-C ends it.`);
