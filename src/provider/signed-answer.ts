/** @module Login answers in one signed text (JWT Secured Authorization Response Mode, JARM). */
import { decodeJwt } from "jose/jwt/decode";
import { isSigned } from "../settings/read-response.js";
import type { ClientSettings } from "../settings/settings.js";
import type { ResponseShape } from "./authorize.js";
import type { Discovered } from "./discovery.js";
import { responseInvalid } from "./failures.js";
import type { Keys } from "./keys.js";
import { asymmetricOnly } from "./signature.js";
import { verifyStrangersToken } from "./strangers-token.js";

/**
 * The parameters of an answer as they were sent, not verified: enough to find the login that it belongs to, which JARM §2.4 wants to be
 * looked for first. Of a signed answer nothing counts that stands beside it.
 */
export function sentParams(
  sent: URLSearchParams,
  { responseMode }: Pick<ResponseShape, "responseMode">,
): URLSearchParams {
  const response = sent.get("response");
  if (!isSigned(responseMode) || response === null) return sent;
  try {
    return paramsIn(decodeJwt(response));
  } catch (cause) {
    throw responseInvalid("what it holds is no signed JWT.", cause);
  }
}

/**
 * Verifies a signed answer: signature, algorithm, `iss`, `aud` and `exp` (JARM §2.4).
 *
 * @returns its parameters.
 * @throws {LoginError} `OIDC_LOGIN_RESPONSE_INVALID` when it is not signed or a rule is broken.
 * @throws {ProviderError} when the provider's keys can't be had, or not yet.
 */
export async function verifySignedAnswer(
  settings: ClientSettings,
  { metadata, keys }: Discovered & { readonly keys: Keys },
  sent: URLSearchParams,
): Promise<URLSearchParams> {
  const response = sent.get("response");
  if (response === null) {
    throw responseInvalid(
      "it is not signed, as was asked for; see whether the provider supports the responseMode of the options.",
    );
  }
  const options = {
    algorithms: asymmetricOnly(settings, listed(metadata["authorization_signing_alg_values_supported"])),
    issuer: metadata.issuer,
    audience: settings.clientId,
    clockTolerance: settings.clockTolerance,
    requiredClaims: ["exp"],
  };
  const verify = () => keys.verify(response, options, "anybody");
  const refused = (rule: string, cause: unknown) => responseInvalid(`${rule}.`, cause);
  return paramsIn(await verifyStrangersToken({ verify, refused, rules: "algorithm, iss, aud or exp" }));
}

function listed(algs: unknown): string[] | undefined {
  return Array.isArray(algs) ? algs.filter((alg) => typeof alg === "string") : undefined;
}

function paramsIn(payload: Readonly<Record<string, unknown>>): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(payload)) {
    if (typeof value === "string" || typeof value === "number") params.set(name, String(value));
  }
  return params;
}
