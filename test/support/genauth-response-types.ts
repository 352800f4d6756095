/**
 * What a login at the emulated GenAuth is with another response type than `code`: the one place that says how it is proven.
 * @module
 */

/** Logs in by `auth(genauth({ responseType }))`, checks who is signed in, and rejects if anything is wrong. */
type ResponseTypeProof = (responseType: string) => Promise<void>;

/**
 * The proof for hybrid and implicit response types. While it is undefined, the table of the documents says so of their rows, and shows that
 * the URL is built.
 */
export const responseTypeProof: ResponseTypeProof | undefined = undefined;
