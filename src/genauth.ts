/** @module express-oidc/genauth: what apps need that log in at GenAuth (formerly Authing). */
export { AuthenticationClient, type AuthenticationClientOptions } from "./genauth/authentication-client.js";
export { type GenauthOptions, type GenauthProtocol, genauth } from "./genauth/genauth.js";
/** The shapes that {@link AuthenticationClient} takes and gives: types, and nothing at run time. */
export * as Models from "./genauth/models.js";
