/** @module Reads the private key that this app signs with: what it is, and which algorithms it can do. */
import { createPrivateKey, KeyObject, type webcrypto } from "node:crypto";
import { types } from "node:util";
import type { AuthOptions, ClientKey, ClientKeyAlg, PrivateKey } from "../options.js";
import { isObject, isText } from "./checks.js";
import type { Problems } from "./problems.js";
import type { SigningKey } from "./settings.js";

/** What a key that can't be read is told to be. */
const FORMS =
  "must be a private key: PEM text, a JWK, a KeyObject or a CryptoKey, by itself or as { key, alg, kid }; make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`";

/** What each kind of key can do, the commonest first. */
const ALGS_OF_KINDS: Readonly<Record<string, readonly ClientKeyAlg[]>> = {
  rsa: ["RS256", "PS256", "RS384", "PS384", "RS512", "PS512"],
  prime256v1: ["ES256"],
  secp384r1: ["ES384"],
  secp521r1: ["ES512"],
  ed25519: ["EdDSA", "Ed25519"],
};

/** The same by what Web Crypto calls it; a CryptoKey is made for one algorithm. */
const FAMILIES: Readonly<Record<string, string>> = { "RSASSA-PKCS1-v1_5": "RS", "RSA-PSS": "PS" };
const CURVES: Readonly<Record<string, string>> = { "P-256": "prime256v1", "P-384": "secp384r1", "P-521": "secp521r1" };

/** The shortest RSA key that may sign (RFC 7518 §3.3), in bits. */
const SHORTEST_RSA = 2048;

/** The private key of this app. Undefined without one, or when it can't be read. */
export function readClientKey(problems: Problems, option: AuthOptions["clientKey"]): SigningKey | undefined {
  if (option === undefined) return undefined;
  if (isNamedKey(option)) problems.unknownNames("clientKey.", option, ["key", "alg", "kid"]);
  const given = isNamedKey(option) ? option : { key: option };
  const key = importKey(problems, given.key);
  const able = key === undefined ? [] : algsOf(problems, key);
  if (key === undefined || able.length === 0) return undefined;
  const alg = given.alg ?? memberOf(given.key, "alg");
  const algs = chosenAlgs(problems, { path: "clientKey.alg", alg, able });
  return { key, able, algs, kid: readKid(problems, given.kid ?? memberOf(given.key, "kid")) };
}

function readKid(problems: Problems, kid: unknown): string | undefined {
  if (kid === undefined || isText(kid)) return kid;
  problems.add("clientKey.kid", "must be a text that is not empty");
  return undefined;
}

/** The one algorithm that is asked for, or all that the key can do. */
export function chosenAlgs(
  problems: Problems,
  { path, alg, able }: { path: string; alg: unknown; able: readonly ClientKeyAlg[] },
): readonly ClientKeyAlg[] {
  if (alg === undefined) return able;
  const chosen = able.filter((one) => one === alg);
  if (chosen.length === 0)
    problems.add(path, `must be what this key can sign with: ${able.join(", ")}; or leave it out`);
  return chosen.length === 0 ? able : chosen;
}

function isNamedKey(option: NonNullable<AuthOptions["clientKey"]>): option is ClientKey {
  return isObject(option) && !(option instanceof KeyObject) && !types.isCryptoKey(option) && "key" in option;
}

/** A JWK says more of itself than its numbers. */
function memberOf(key: unknown, name: "kid" | "alg" | "use"): unknown {
  return isObject(key) && !(key instanceof KeyObject) && !types.isCryptoKey(key) ? key[name] : undefined;
}

function importKey(problems: Problems, key: PrivateKey): SigningKey["key"] | undefined {
  if (types.isCryptoKey(key)) return key as webcrypto.CryptoKey;
  if (memberOf(key, "use") === "enc") {
    problems.add("clientKey", 'is a key for encryption (use: "enc"); give the one that signs');
    return undefined;
  }
  try {
    if (key instanceof KeyObject) return key;
    if (typeof key === "string") return createPrivateKey(key);
    if (isObject(key)) return createPrivateKey({ key, format: "jwk" });
  } catch (cause) {
    problems.add("clientKey", isEncrypted(key, cause) ? ENCRYPTED : FORMS);
    return undefined;
  }
  problems.add("clientKey", FORMS);
  return undefined;
}

const ENCRYPTED =
  "is encrypted, and no passphrase is known here; open it with createPrivateKey({ key, passphrase }) of node:crypto and give the result";

function isEncrypted(key: unknown, cause: unknown): boolean {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return code === "ERR_MISSING_PASSPHRASE" || (typeof key === "string" && key.includes("ENCRYPTED"));
}

/** What a key can sign with; none when it can't be used. */
function algsOf(problems: Problems, key: SigningKey["key"]): readonly ClientKeyAlg[] {
  if (key.type !== "private") {
    problems.add("clientKey", `${FORMS}. This one is ${key.type}`);
    return [];
  }
  const algs = key instanceof KeyObject ? algsOfKeyObject(key) : algsOfCryptoKey(key);
  if (algs.length === 0) {
    problems.add("clientKey", "must be an RSA, P-256, P-384, P-521 or Ed25519 key that may sign");
  } else if (bitsOf(key) < SHORTEST_RSA) {
    problems.add(
      "clientKey",
      `is an RSA key of ${bitsOf(key)} bits; at least ${SHORTEST_RSA} are needed (RFC 7518, 3.3)`,
    );
  }
  return algs;
}

function algsOfKeyObject({ asymmetricKeyType: kind, asymmetricKeyDetails }: KeyObject): readonly ClientKeyAlg[] {
  const name = kind === "ec" ? asymmetricKeyDetails?.namedCurve : kind;
  return ALGS_OF_KINDS[name ?? ""] ?? [];
}

function algsOfCryptoKey({ algorithm, usages }: webcrypto.CryptoKey): readonly ClientKeyAlg[] {
  const { name, hash, namedCurve } = algorithm as { name: string; hash?: { name: string }; namedCurve?: string };
  if (!usages.includes("sign")) return [];
  if (hash === undefined) return ALGS_OF_KINDS[CURVES[namedCurve ?? ""] ?? name.toLowerCase()] ?? [];
  const alg = `${FAMILIES[name] ?? ""}${hash.name.slice("SHA-".length)}`;
  return ALGS_OF_KINDS["rsa"]?.filter((one) => one === alg) ?? [];
}

function bitsOf(key: SigningKey["key"]): number {
  const length =
    key instanceof KeyObject
      ? key.asymmetricKeyDetails?.modulusLength
      : (key.algorithm as { modulusLength?: number }).modulusLength;
  return length ?? SHORTEST_RSA;
}
