/** @module The private key of this app, as openid-client signs with it. */
import { KeyObject } from "node:crypto";
import { importPKCS8 } from "jose/key/import";
import type { CryptoKey, PrivateKey } from "openid-client";
import type { SigningKey } from "../settings/settings.js";

/** A key that is ready to sign, and the name of its algorithm, which a CryptoKey does not tell exactly. */
export interface ReadyKey {
  readonly key: PrivateKey;
  readonly alg: string;
}

/** Makes a key ready, once for each algorithm; of its algorithms the first that the provider lists. */
export type Signer = (listed: readonly string[] | undefined) => Promise<ReadyKey>;

/** Creates what makes one key ready. */
export function createSigner({ key, algs, kid }: SigningKey): Signer {
  const ready = new Map<string, Promise<CryptoKey>>();
  return async (listed = []) => {
    const alg = algs.find((one) => listed.includes(one)) ?? algs[0] ?? "";
    const imported = ready.get(alg) ?? importFor(key, alg);
    ready.set(alg, imported);
    return { alg, key: { key: await imported, ...(kid !== undefined && { kid }) } };
  };
}

async function importFor(key: SigningKey["key"], alg: string): Promise<CryptoKey> {
  return key instanceof KeyObject ? importPKCS8(key.export({ type: "pkcs8", format: "pem" }).toString(), alg) : key;
}
