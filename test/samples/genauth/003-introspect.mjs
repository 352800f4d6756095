import { AuthenticationClient } from "express-oidc/genauth";
const authenticationClient = new AuthenticationClient({
  appId: "Application ID",
  secret: "Application key",
  appHost: "https://{YOUR_DOMAIN}.genauth.ai",
  redirectUri: "Business callback address",
});
let res = await authenticationClient.introspectToken(
  "Access token or Refresh token"
);
