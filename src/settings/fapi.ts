/** @module The profile `fapi2`: the FAPI 2.0 Security Profile as one switch. Options that are weaker are refused, the others set. */
import type { AuthOptions, ClientAuth } from "../options.js";
import { isObject } from "./checks.js";
import type { Problems } from "./problems.js";
import { asksForDpop } from "./read-dpop.js";
import type { ClientSettings, Settings, SigningKey } from "./settings.js";

/** The algorithms of the profile (FAPI 2.0 §5.4.1); `Ed25519` is the new name of what `EdDSA` means there. */
const ALGS: readonly string[] = ["PS256", "ES256", "EdDSA", "Ed25519"];

/** The ways in which a client may prove itself (FAPI 2.0 §5.3.3.1). */
const CLIENT_AUTH: readonly (ClientAuth | undefined)[] = [
  "private_key_jwt",
  "tls_client_auth",
  "self_signed_tls_client_auth",
];

/** Clocks may be ten seconds apart, and must not be more than sixty (FAPI 2.0 §5.3.2.1). */
const TOLERANCE = { from: 10, to: 60 };

const NAMED = "with profile fapi2";

/** Whether the profile, where there is one, allows an algorithm. */
export function isAllowedAlg({ profile }: Pick<Settings, "profile">, alg: string): boolean {
  return profile === undefined || ALGS.includes(alg);
}

/** Settings before the profile; `https` is known where there is a web app. */
type Plain = Omit<ClientSettings, "profile"> & Partial<Pick<Settings, "https">>;

/** The settings as the profile wants them. */
export function applyProfile<Given extends Plain>(
  problems: Problems,
  options: AuthOptions,
  plain: Given,
): Given & Pick<Settings, "profile"> {
  const { profile } = options;
  if (profile !== undefined && profile !== "fapi2") problems.add("profile", 'must be "fapi2", or be left out');
  if (profile !== "fapi2") return { ...plain, profile: undefined };
  requireProof(problems, options, plain);
  requireAlgs(problems, options);
  requireTls(problems, options, plain);
  requireCode(problems, options);
  if (options.par === false) {
    problems.add("par", `must not be false ${NAMED}: authorization requests are always pushed; leave it out`);
  }
  if (plain.insecurePasswordGrant) {
    problems.add("insecurePasswordGrant", `must not be set ${NAMED}, which forbids that grant; leave it out`);
  }
  if (plain.clockTolerance < TOLERANCE.from || plain.clockTolerance > TOLERANCE.to) {
    problems.add("clockTolerance", `must be ${TOLERANCE.from} to ${TOLERANCE.to} seconds ${NAMED}; the default is 30`);
  }
  return {
    ...plain,
    profile,
    par: true,
    dpopAlgs: restrictedProofs(problems, plain.dpopAlgs),
    clientKey: restricted(problems, plain.clientKey, "clientKey.alg"),
    jarKey: restricted(problems, plain.jarKey, plain.jarKey === plain.clientKey ? undefined : "jar.alg"),
  };
}

function requireProof(problems: Problems, options: AuthOptions, plain: Plain): void {
  if (!CLIENT_AUTH.includes(plain.clientAuth)) {
    problems.add(
      "clientAuth",
      `must be private_key_jwt, tls_client_auth or self_signed_tls_client_auth ${NAMED}: a secret that is sent can be stolen on its way; set \`clientKey\``,
    );
  }
  if (!plain.certificateBoundTokens && !asksForDpop(options)) {
    problems.add(
      "profile",
      "fapi2 needs tokens that nobody else can use: set `dpop: true`, or `certificateBoundTokens: true` with a certificate in `http.fetch`",
    );
  }
  if (plain.clientAssertionAudience !== undefined) {
    problems.add(
      "clientAssertionAudience",
      `must be left out ${NAMED}: what proves this app is for the issuer alone (FAPI 2.0, 5.3.3.1)`,
    );
  }
}

function requireAlgs(problems: Problems, { idTokenSigningAlg }: AuthOptions): void {
  if (idTokenSigningAlg === undefined || ALGS.includes(idTokenSigningAlg)) return;
  problems.add("idTokenSigningAlg", `must be one of ${ALGS.join(", ")} ${NAMED}; have the provider sign with that`);
}

function requireCode(problems: Problems, { responseType }: AuthOptions): void {
  if (responseType === undefined || responseType === "code") return;
  problems.add(
    "responseType",
    `must be code ${NAMED}: no token may pass the browser (FAPI 2.0, 5.3.2.2); leave it out`,
  );
}

function requireTls(problems: Problems, { insecureHttp }: AuthOptions, plain: Plain): void {
  const noHttp = `must be https ${NAMED}, on this machine too`;
  if (insecureHttp === true) problems.add("insecureHttp", `must not be set ${NAMED}; leave it out`);
  if (plain.issuer.protocol === "http:") problems.add("issuer", noHttp);
  if (isHttpUrl(plain.redirectUri)) problems.add(plain.https === undefined ? "redirectUri" : "baseUrl", noHttp);
  for (const [name, value] of Object.entries(plain.metadata ?? {})) {
    const urls = isObject(value) ? Object.values(value) : [value];
    if (name !== "issuer" && urls.some(isHttpUrl)) problems.add(`issuer.${name}`, noHttp);
  }
}

function isHttpUrl(value: unknown): boolean {
  return typeof value === "string" && /^http:/i.test(value);
}

/** The key with those of its algorithms that the profile allows. */
function restricted(problems: Problems, key: SigningKey | undefined, path: string | undefined): SigningKey | undefined {
  if (key === undefined) return undefined;
  const algs = key.algs.filter((alg) => ALGS.includes(alg));
  if (algs.length > 0) return { ...key, algs };
  if (path !== undefined) {
    problems.add(path, `must be one of ${ALGS.join(", ")} ${NAMED}, and this key signs with ${key.algs.join(", ")}`);
  }
  return key;
}

/** The algorithms of DPoP proofs that the profile allows. */
function restrictedProofs(problems: Problems, given: Plain["dpopAlgs"]): Plain["dpopAlgs"] {
  if (given === undefined) return undefined;
  const algs = given.filter((alg) => ALGS.includes(alg));
  if (algs.length > 0) return algs;
  problems.add("dpop.alg", `must be one of ${ALGS.join(", ")} ${NAMED}; leave it out`);
  return given;
}
