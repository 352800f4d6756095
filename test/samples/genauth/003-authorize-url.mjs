import { AuthenticationClient } from "express-oidc/genauth";
// Splice OAuth 2.0 authorization link
const authenticationClient = new AuthenticationClient({
  appId: "Application ID",
  secret: "Application key",
  appHost: "https://{YOUR_DOMAIN}.genauth.ai",
  redirectUri: "Business callback address",
  protocol: "oauth",
});
let url = authenticationClient.buildAuthorizeUrl({ scope: "user" });
