/**
 * A provider as MCP clients need it: they register themselves there (RFC 7591), and get JWTs for the server that they name (RFC 8707).
 * @module
 */
import { type EmbeddedProvider, startProvider } from "../demo/provider.js";

/** What the provider knows of the MCP server. */
export interface McpProviderOptions {
  /** First port to try. Default 0: the system chooses. */
  readonly port?: number;
  readonly resource: string;
  /** The scopes that tokens for it may have. */
  readonly scopes: readonly string[];
}

/** Starts it, with the people of the demo. */
export function startMcpProvider({ port = 0, resource, scopes }: McpProviderOptions): Promise<EmbeddedProvider> {
  return startProvider({
    port,
    accessTokenLifetime: 600,
    configuration: {
      scopes: ["openid", "offline_access", ...scopes],
      // MCP clients register for the scope of their first call; here they may ask for more when a tool needs it
      extraClientMetadata: {
        properties: ["later_scope"],
        validator(_ctx: unknown, _name: string, _value: unknown, metadata: { scope?: string }) {
          delete metadata.scope;
        },
      },
      features: {
        registration: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo(_ctx: unknown, indicator: string) {
            if (indicator !== resource) throw new Error(`There is no API with the name ${indicator}.`);
            return { scope: scopes.join(" "), accessTokenFormat: "jwt", jwt: { sign: { alg: "RS256" } } };
          },
        },
      },
    },
  });
}
