/** @module Reads how this app proves itself to the provider. */
import type { AuthOptions, ClientAuth } from "../options.js";
import { isBoolean, isText, typed } from "./checks.js";
import type { Problems } from "./problems.js";
import { readClientKey } from "./read-client-key.js";
import { asksForDpop, readDpop } from "./read-dpop.js";
import { isHidden } from "./read-response.js";
import type { ClientProof, Settings } from "./settings.js";

const CLIENT_AUTH: readonly ClientAuth[] = [
  "client_secret_basic",
  "client_secret_post",
  "client_secret_jwt",
  "private_key_jwt",
  "tls_client_auth",
  "self_signed_tls_client_auth",
  "none",
];

/** Those that the connection proves (RFC 8705 §2). */
const BY_TLS: readonly ClientAuth[] = ["tls_client_auth", "self_signed_tls_client_auth"];

/** The shortest key of HS256, in bytes (RFC 7518 §3.2). */
const SHORTEST_HS256 = 32;

/** A client that proves nothing: one that asks the provider for no more than its keys. */
export const NO_PROOF: ClientProof & Pick<Settings, "clientSecret"> = {
  clientSecret: undefined,
  clientAuth: "none",
  clientKey: undefined,
  clientAssertionAudience: undefined,
  unencodedBasic: false,
  certificateBoundTokens: false,
  dpopAlgs: undefined,
  usesCertificate: false,
};

/** How this app proves itself. */
export function readClientProof(problems: Problems, options: AuthOptions, secret: string | undefined): ClientProof {
  const clientKey = readClientKey(problems, options.clientKey);
  const clientAuth = readClientAuth(options, secret);
  if (clientAuth !== undefined) requireMeans(problems, clientAuth, { options, secret });
  const isByTls = clientAuth !== undefined && BY_TLS.includes(clientAuth);
  const certificateBoundTokens = flag(problems, options, {
    name: "certificateBoundTokens",
    otherwise: isByTls && isFreeToBind(options),
  });
  if (certificateBoundTokens && !isByTls && options.http?.fetch === undefined) {
    problems.add("certificateBoundTokens", `needs \`http.fetch\`: ${CERTIFIED_FETCH}`);
  }
  const unencodedBasic = flag(problems, options, { name: "unencodedBasic", otherwise: false });
  if (unencodedBasic) requireBasic(problems, clientAuth, options.clientId);
  return {
    clientAuth,
    clientKey,
    clientAssertionAudience: typed<string | undefined>(problems, {
      path: "clientAssertionAudience",
      value: options.clientAssertionAudience,
      default: undefined,
      is: isText,
      remedy: "must be a text that is not empty, such as the URL of the token endpoint",
    }),
    unencodedBasic,
    certificateBoundTokens,
    dpopAlgs: readDpop(problems, options),
    usesCertificate: certificateBoundTokens || isByTls,
  };
}

/** Whether nothing else binds the access tokens, and all of them come from the token endpoint. */
function isFreeToBind(options: AuthOptions): boolean {
  return !asksForDpop(options) && isHidden(options.responseType);
}

function flag(
  problems: Problems,
  options: AuthOptions,
  { name, otherwise }: { name: "unencodedBasic" | "certificateBoundTokens"; otherwise: boolean },
): boolean {
  return typed(problems, {
    path: name,
    value: options[name],
    default: otherwise,
    is: isBoolean,
    remedy: "must be true or false",
  });
}

/** What the options name, or what they leave no choice about; undefined where the provider's metadata decides. */
function readClientAuth(options: AuthOptions, secret: string | undefined): ClientAuth | undefined {
  if (options.clientAuth !== undefined) return options.clientAuth;
  if (options.clientKey !== undefined) return "private_key_jwt";
  return secret === undefined ? "none" : undefined;
}

const CERTIFIED_FETCH =
  "the `fetch` that shows this app's certificate, such as undici's with an Agent({ connect: { key, cert } }) as its dispatcher";

function requireMeans(
  problems: Problems,
  way: ClientAuth,
  { options, secret }: { options: AuthOptions; secret: string | undefined },
): void {
  if (!CLIENT_AUTH.includes(way)) {
    problems.add("clientAuth", `must be one of ${CLIENT_AUTH.join(", ")}`);
  } else if (way.startsWith("client_secret")) {
    requireSecret(problems, way, secret);
  } else if (way === "private_key_jwt" && options.clientKey === undefined) {
    problems.add("clientAuth", "private_key_jwt needs `clientKey`, the private key that it signs with");
  } else if (BY_TLS.includes(way) && options.http?.fetch === undefined) {
    problems.add("clientAuth", `${way} needs \`http.fetch\`: ${CERTIFIED_FETCH}`);
  }
}

function requireSecret(problems: Problems, way: ClientAuth, secret: string | undefined): void {
  if (secret === undefined) {
    problems.add("clientAuth", `${way} needs \`clientSecret\`; set it, or write "none" for a public client`);
  } else if (way === "client_secret_jwt" && Buffer.byteLength(secret) < SHORTEST_HS256) {
    problems.add(
      "clientSecret",
      `is too short to sign with, as client_secret_jwt does: at least ${SHORTEST_HS256} bytes (RFC 7518, 3.2); let the provider issue a longer one, or take another clientAuth`,
    );
  }
}

function requireBasic(problems: Problems, clientAuth: ClientAuth | undefined, clientId: unknown): void {
  if (clientAuth !== undefined && clientAuth !== "client_secret_basic") {
    problems.add("unencodedBasic", `speaks of client_secret_basic, and here it is ${clientAuth}; leave it out`);
  } else if (isText(clientId) && clientId.includes(":")) {
    problems.add(
      "unencodedBasic",
      "can't send a clientId with a colon in it, for what follows would count as the secret; leave it out, or take client_secret_post",
    );
  }
}
