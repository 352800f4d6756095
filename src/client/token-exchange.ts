/** @module Token exchange: one token for another (RFC 8693). */
import { TOKEN_EXCHANGE } from "../provider/grant.js";
import type { Provider } from "../provider/provider.js";
import { readTarget } from "../settings/read-target.js";
import { requireObject } from "../settings/require-object.js";
import type { Client, TokenExchangeRequest, TokenTypeName } from "./client.js";
import { type Pair, pairsOf, requireTexts, withMore } from "./pairs.js";

/** The part of a client that exchanges tokens. */
export function exchangeTokenOf(provider: Provider): Client["exchangeToken"] {
  return async (request) => {
    requireObject("exchangeToken()", request);
    const { subjectToken, actorToken, subjectTokenType, actorTokenType, requestedTokenType, params } = request;
    const named = Object.entries({ actorToken, subjectTokenType, actorTokenType, requestedTokenType });
    const given = named.filter(([, value]) => value !== undefined);
    requireTexts("exchangeToken()", { subjectToken, ...Object.fromEntries(given) });
    const own: readonly Pair[] = [
      ["subject_token", subjectToken],
      ["subject_token_type", uriOf(subjectTokenType)],
      ...actorOf(request),
      ...pairsOf("exchangeToken()", {
        requested_token_type: requestedTokenType && uriOf(requestedTokenType),
        audience: request.audience,
      }),
      ...(readTarget("exchangeToken()", request)?.params ?? []),
    ];
    return provider.grant({
      grantType: TOKEN_EXCHANGE,
      params: withMore("exchangeToken() params", own, params),
      step: "the token exchange",
    });
  };
}

function actorOf({ actorToken, actorTokenType }: TokenExchangeRequest): readonly Pair[] {
  if (actorToken === undefined) return [];
  return [
    ["actor_token", actorToken],
    ["actor_token_type", uriOf(actorTokenType)],
  ];
}

/** What is no URI yet is a short name of the specification's own (RFC 8693 §3). */
function uriOf(type: TokenTypeName = "access_token"): string {
  return type.includes(":") ? type : `urn:ietf:params:oauth:token-type:${type}`;
}
