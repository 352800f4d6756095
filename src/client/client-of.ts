/** @module The client object over a provider: the same that logins and renewals ask. */
import { OptionsError, ProviderError } from "../errors.js";
import type { DpopKey } from "../provider/dpop-keys.js";
import { frozen } from "../provider/frozen.js";
import type { Provider } from "../provider/provider.js";
import { Problems } from "../settings/problems.js";
import { readApiUrl } from "../settings/read-api-url.js";
import { readPostLogoutUri } from "../settings/read-client-settings.js";
import { readTarget } from "../settings/read-target.js";
import { requireObject } from "../settings/require-object.js";
import type { ClientSettings } from "../settings/settings.js";
import type { Client, EndSessionRequest } from "./client.js";
import { clientCredentialsOf } from "./client-credentials.js";
import { loginOf } from "./login.js";
import { type KeyedProvider, withOwnKey } from "./own-key.js";
import { pairsOf, requireTexts } from "./pairs.js";
import { passwordOf, requireOptIn, warnOfPasswords } from "./password.js";
import { exchangeTokenOf } from "./token-exchange.js";

/** Grants of the specification that do more here than to send a request: without it they would be half. */
const OWN: Readonly<Record<string, string>> = {
  authorization_code: "exchange()",
  refresh_token: "refresh()",
};

/** Creates the client object of a provider. */
export function createClientOf(settings: ClientSettings, shared: Provider): Client {
  warnOfPasswords(settings);
  const provider = withOwnKey(shared);
  return Object.freeze({
    ...loginOf(settings, provider),
    async refresh(refreshToken, request = {}) {
      requireTexts("refresh()", { refreshToken });
      requireObject("refresh()", request);
      const { claims, ...target } = request;
      return provider.refreshLoose({ refreshToken, claims, target: readTarget("refresh()", target) });
    },
    async userinfo(accessToken, who = {}) {
      requireTexts("userinfo()", { accessToken });
      requireObject("userinfo()", who);
      return frozen(await provider.userinfo({ accessToken, sub: who.sub }));
    },
    async fetch(url, init, tokens) {
      const checked = readApiUrl("fetch()", url, settings);
      requireObject("fetch() tokens", tokens);
      const { accessToken, tokenType } = tokens;
      requireTexts("fetch()", { accessToken, tokenType });
      const dpopKey = await keyFor(provider, tokenType);
      return provider.callApi({ url: checked, init, accessToken, dpopKey });
    },
    async introspect(token, kind) {
      requireTexts("introspect()", { token });
      return frozen(await provider.introspect({ token, kind }));
    },
    async revoke(token, kind) {
      requireTexts("revoke()", { token });
      await provider.revoke({ token, kind });
    },
    endSessionUrl: async (request = {}) => endSessionUrl(settings, provider, request),
    clientCredentials: clientCredentialsOf(settings, provider),
    password: passwordOf(settings, provider),
    exchangeToken: exchangeTokenOf(provider),
    async grant(grantType, params) {
      requireTexts("grant()", { grantType });
      if (grantType === "password") requireOptIn(settings);
      if (Object.hasOwn(OWN, grantType))
        throw new OptionsError([`grant(): ${grantType} is what ${OWN[grantType]} is for`]);
      return provider.grant({
        grantType,
        params: pairsOf("grant() params", params),
        step: "the request of an extension grant",
      });
    },
  } satisfies Client);
}

/** The key of a token by its type, which small letters write as well (OAuth 2.0 §5.1). @throws {OptionsError} where a token is bound to none of ours. */
async function keyFor(provider: KeyedProvider, tokenType: string): Promise<DpopKey | undefined> {
  if (tokenType.toLowerCase() !== "dpop") return undefined;
  const key = await provider.ownKey();
  if (key !== undefined) return key;
  throw new OptionsError([
    "fetch() tokenType: is DPoP, but this client has no key that a token could be bound to; set the option dpop, and call with the client that has got the token",
  ]);
}

async function endSessionUrl(
  settings: ClientSettings,
  provider: Provider,
  request: EndSessionRequest,
): Promise<string> {
  requireObject("endSessionUrl()", request);
  const { idToken, postLogoutRedirectUri, state } = request;
  const problems = new Problems();
  const { insecureHttp, issuerName } = settings;
  const returnTo = readPostLogoutUri(problems, postLogoutRedirectUri, insecureHttp);
  problems.throwIfAny();
  const url = await provider.signOutUrl({ idToken, state, returnTo });
  if (url !== undefined) return url;
  throw new ProviderError(
    "OIDC_PROVIDER_RESPONSE_INVALID",
    `The provider ${issuerName} names no end_session_endpoint, so nobody can be logged out there. Leave that call out, or name the place by the option idpLogout.`,
  );
}
