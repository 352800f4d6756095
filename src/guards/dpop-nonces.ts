/** @module Nonces for DPoP proofs (RFC 9449 §9): made from the time and a secret, so that nobody has to remember them. */
import { createHmac, timingSafeEqual } from "node:crypto";

/** A new one is given out so often. The one before is good as long again. Seconds. */
const SLOT = 300;

/** The letters of a nonce are those of so many bytes. */
const BYTES = 16;

/** What a nonce is worth. */
export interface JudgedNonce {
  readonly isGood: boolean;
  /** What the next proof should bring, where that is another one. */
  readonly next: string | undefined;
}

/** Knows the nonces that it has given out. */
export interface DpopNonces {
  /** @param now - epoch seconds. */
  judge(nonce: unknown, now: number): JudgedNonce;
}

/** @param secrets - newest first: the first one makes them, all know theirs. */
export function createDpopNonces(secrets: readonly string[]): DpopNonces {
  function nonceOf(secret: string, slot: number): Buffer {
    return createHmac("sha256", secret).update(String(slot)).digest().subarray(0, BYTES);
  }

  return {
    judge(nonce, now) {
      const given = typeof nonce === "string" ? Buffer.from(nonce, "base64url") : Buffer.alloc(0);
      const slot = Math.floor(now / SLOT);
      const known = [slot, slot - 1].flatMap((one) => secrets.map((secret) => nonceOf(secret, one)));
      const at = known.findIndex((one) => given.length === BYTES && timingSafeEqual(one, given));
      return { isGood: at !== -1, next: at === 0 ? undefined : known[0]?.toString("base64url") };
    },
  };
}
