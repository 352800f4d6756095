/** @module A login by hand: the URL that begins it, the answer that ends it. */
import { LoginError } from "../errors.js";
import { parsedUrl } from "../http/parsed-url.js";
import {
  demandsOf,
  loginParams,
  proofsFrom,
  type ResponseShape,
  randomText,
  redirectUriOf,
} from "../provider/authorize.js";
import { responseInvalid } from "../provider/failures.js";
import { frozen } from "../provider/frozen.js";
import { requireStrength } from "../provider/id-token.js";
import { requireWellFormed } from "../provider/login-response.js";
import type { Provider } from "../provider/provider.js";
import { sentParams } from "../provider/signed-answer.js";
import { tokenSetFrom } from "../provider/token-set.js";
import { isText } from "../settings/checks.js";
import { Problems } from "../settings/problems.js";
import { readLoginParams } from "../settings/read-client.js";
import { readRedirectUri } from "../settings/read-client-settings.js";
import { readScope } from "../settings/read-protocol.js";
import { isPosted, readResponseByHand } from "../settings/read-response.js";
import { requireObject } from "../settings/require-object.js";
import type { ClientSettings } from "../settings/settings.js";
import type { AuthorizationRequest, CallbackResponse, Client, LoginProofs } from "./client.js";

/** The random part of a login, in bytes: a PKCE verifier of 43 characters, the shortest that RFC 7636 §4.1 allows. */
const VERIFIER_BYTES = 32;

/** Stands before what `req.url` holds, which is no whole URL. */
const ANY_ORIGIN = "http://localhost";

/** The part of a client that logs people in. */
export function loginOf(settings: ClientSettings, provider: Provider): Pick<Client, "authorizationUrl" | "exchange"> {
  return {
    async authorizationUrl(request = {}) {
      const { redirectUri, scope, params: extra, response } = readRequest(settings, request);
      const proofs = proofsFrom(randomText(VERIFIER_BYTES), "");
      const params = loginParams({ ...settings, scope }, extra);
      const url = await provider.authorizationUrl({ proofs, params, redirectUri, scope, response });
      const known = { issuer: settings.issuerName, redirectUri, scope, ...response };
      return frozen({ url, ...proofs, ...known, ...demandsOf(params) });
    },
    async exchange(response, login) {
      const shape = shapeOf(login);
      const params = paramsOf(response, shape);
      requireWellFormed(params);
      const sent = sentParams(params, shape);
      requireWellFormed(sent);
      const { state, nonce, verifier, redirectUri, scope, maxAge, acr } = begunWith(settings, sent, login);
      const proofs = { state, nonce, verifier };
      // every shape of a login by hand has a code
      const { code = "", idToken } = await provider.readAnswer(params, { response: shape, proofs, maxAge });
      const told = idToken?.claims;
      const { tokens } = await provider.exchange({ code, proofs, maxAge, told, redirectUri, scope });
      requireStrength(tokens.claims, acr);
      return tokenSetFrom(tokens);
    },
  };
}

function readRequest(settings: ClientSettings, request: AuthorizationRequest) {
  requireObject("authorizationUrl()", request);
  const problems = new Problems();
  const { insecureHttp, profile } = settings;
  const redirectUri = readRedirectUri(problems, request.redirectUri, insecureHttp);
  if (profile !== undefined && redirectUri?.startsWith("http:") === true)
    problems.add("redirectUri", `must be https with profile ${profile}, on this machine too`);
  const response = readResponseByHand(problems, request, settings);
  const scope = request.scope === undefined ? settings.scope : readScope(problems, settings, request.scope);
  problems.throwIfAny();
  return {
    redirectUri: redirectUriOf(settings, redirectUri),
    scope,
    response,
    params: readLoginParams(settings, request.authorizationParams),
  };
}

/** What was asked for. What was kept may come from anywhere, and says nothing else than `authorizationUrl()` can have said. */
function shapeOf(login: LoginProofs | null | undefined): ResponseShape {
  const hasIdToken = login?.responseType === "code id_token";
  return { responseType: hasIdToken ? "code id_token" : "code", responseMode: login?.responseMode ?? "query" };
}

function paramsOf(response: CallbackResponse, { responseMode }: ResponseShape): URLSearchParams {
  if (response instanceof URLSearchParams) return response;
  if (isPosted(responseMode)) {
    throw responseInvalid(
      `it stands in an address, and was to be posted (responseMode ${responseMode}): give exchange() the fields of the form, as new URLSearchParams(body).`,
    );
  }
  const text = String(response);
  return parsedUrl(text, ANY_ORIGIN)?.searchParams ?? new URLSearchParams();
}

/** The login that an answer belongs to: nothing in it is believed before its state is (OAuth 2.0 §10.12), and nothing at another provider than the one it was begun at. */
function begunWith(
  { issuerName }: ClientSettings,
  params: URLSearchParams,
  login: LoginProofs | null | undefined,
): LoginProofs {
  const isOurs = isText(login?.state) && (login.issuer ?? issuerName) === issuerName;
  if (isOurs && params.get("state") === login.state) return login;
  throw new LoginError(
    "OIDC_LOGIN_UNKNOWN_STATE",
    "This answer belongs to another login than the one that was begun, so it is not accepted. Begin again, and keep what authorizationUrl() gives with the browser that it is for.",
  );
}
