/** @module express-oidc/genauth: what apps need that log in at GenAuth (formerly Authing). */
export { type GenauthOptions, type GenauthProtocol, genauth } from "./genauth/genauth.js";
