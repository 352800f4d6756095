/**
 * oidc-provider with its FAPI 2.0 profile on, which also makes tokens for an API.
 * @module
 */
import { ordersFeature } from "./orders-api.js";
import { signingKey } from "./scripted/signing.js";

const idTokenKey = { ...signingKey("PS256", 9).privateKey.export({ format: "jwk" }), use: "sig", kid: "ps256" };

/** How it is told to hold its clients to the profile: pushed requests, nonces in DPoP proofs, PS256. */
export const strict = {
  jwks: { keys: [idTokenKey] },
  scopes: ["openid", "offline_access", "profile", "email", "orders:read"],
  enabledJWA: { idTokenSigningAlgValues: ["PS256", "RS256"] },
  features: {
    fapi: { enabled: true, profile: "2.0" },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: true },
    requestObjects: { enabled: true },
    dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7), requireNonce: () => true },
    resourceIndicators: ordersFeature,
  },
};
