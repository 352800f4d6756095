/**
 * @module Signed answers about tokens (RFC 9701). They are verified here and handed on as plain ones: told to ask for
 * them, openid-client takes one that is not signed all the same, takes an answer of any age, and checks signatures only on request.
 */
import type { CustomFetch, ServerMetadata } from "openid-client";
import { isObject } from "../settings/checks.js";
import type { ProviderSettings } from "../settings/settings.js";
import { explainFailure, nonsense } from "./failures.js";
import type { Keys } from "./keys.js";
import { asymmetricOnly } from "./signature.js";

const STEP = "the introspection request";

const TYPE = "token-introspection+jwt";

/** An answer is given to the one question of a moment ago: an older one is somebody's copy. Seconds. */
const OLDEST = 300;

/** What answers must be. */
export interface SignedAnswers {
  /** `clientId` is whom they must be meant for. */
  readonly settings: ProviderSettings;
  readonly metadata: Readonly<ServerMetadata>;
  readonly keys: Keys;
  readonly signed: "listed" | readonly string[];
}

/** Asks for a signed answer; rejects with a `ProviderError` what is not one of this issuer for this client. */
export function signedAnswers(fetch: CustomFetch, how: SignedAnswers): CustomFetch {
  return async (url, init) => {
    const accept = { accept: `application/${TYPE}` };
    const response = await fetch(url, { ...init, headers: { ...init.headers, ...accept } });
    // why there is none is told in plain words
    return response.status === 200 ? Response.json(await readAnswer(response, how)) : response;
  };
}

async function readAnswer(response: Response, how: SignedAnswers): Promise<unknown> {
  const { settings, metadata, keys } = how;
  try {
    const type = response.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
    if (type !== `application/${TYPE}`) throw nonsense(new Error("it is not signed"), STEP, settings.issuerName);
    const { payload } = await keys.verify(await response.text(), {
      algorithms: algsOf(how),
      typ: TYPE,
      issuer: metadata.issuer,
      audience: settings.clientId,
      requiredClaims: ["iss", "aud", "iat"],
      maxTokenAge: OLDEST,
      clockTolerance: settings.clockTolerance,
    });
    const { token_introspection: answer } = payload;
    if (!isObject(answer)) throw nonsense(new Error("it holds no token_introspection"), STEP, settings.issuerName);
    return answer;
  } catch (cause) {
    throw await explainFailure(cause, STEP, settings.issuerName);
  }
}

/** RS256 where nothing else is registered (RFC 9701 §6). */
function algsOf({ settings, signed, metadata }: SignedAnswers): string[] {
  return signed === "listed"
    ? asymmetricOnly(settings, metadata.introspection_signing_alg_values_supported)
    : [...signed];
}
