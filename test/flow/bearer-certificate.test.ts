/**
 * Access tokens that are bound to a certificate (RFC 8705 3): over TLS connections of their own, and behind a proxy that ends TLS.
 * @module
 */
import { createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { type RequireBearerOptions, requireBearer } from "express-oidc";
import { describe, expect, onTestFinished, test } from "vitest";
import { refusalIn, startApi, whatIsShown } from "../support/api-world.js";
import { createApp, sendJson } from "../support/app.js";
import { ask } from "../support/asking.js";
import { takesProofs } from "../support/bound-api.js";
import { type Certificate, createCertificate } from "../support/certificates.js";
import { createCaller } from "../support/dpop-caller.js";
import { startProxy } from "../support/proxy.js";
import { rawRequest, sendRaw } from "../support/raw.js";
import { apiAudience, startScriptedProvider } from "../support/scripted-provider.js";

const own = createCertificate("a program");
const other = createCertificate("another program");

function refused(rule: string): object {
  const said = `This access token is not accepted: it is bound to a client certificate, ${rule}.`;
  const challenge = `Bearer error="invalid_token", error_description="${said}"`;
  return { status: 401, code: "OIDC_BEARER_INVALID", challenge };
}

const NOT_SHOWN = refused("but the call came without a client certificate");
const NOT_OWN = refused("and the caller has shown another one");

describe("over TLS, a token that is bound to a certificate", () => {
  const server = createCertificate("localhost");

  /** An API that asks for certificates and judges none. @returns what calls it with one. */
  async function startTlsApi(guard: RequireBearerOptions = {}) {
    const issuer = await startScriptedProvider();
    const { app, listener } = createApp("express5", []);
    app.use(requireBearer({ issuer: issuer.issuer, audience: apiAudience, clientCertificate: "tls", ...guard }));
    app.use((req, res) => sendJson(res, whatIsShown(req)));
    const tls = createServer(
      { cert: server.cert, key: server.key, requestCert: true, rejectUnauthorized: false },
      listener(),
    );
    await new Promise<void>((resolve) => tls.listen(0, "localhost", resolve));
    onTestFinished(() => {
      tls.closeAllConnections();
      tls.close();
    });
    const { port } = tls.address() as AddressInfo;
    const call = (token: string, shown?: Certificate) => callOverTls(port, `Bearer ${token}`, shown);
    return { issuer, call };
  }

  async function callOverTls(port: number, authorization: string, shown?: Certificate): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const own = shown && { cert: shown.cert, key: shown.key };
      const options = { host: "localhost", port, ca: server.cert, headers: { authorization }, agent: false, ...own };
      const call = request(options, (response) => {
        response.resume();
        resolve({ status: response.statusCode, challenge: response.headers["www-authenticate"] });
      });
      call.on("error", reject).end();
    });
  }

  test("passes from whoever has that certificate", async () => {
    const { call, issuer } = await startTlsApi();
    expect(await call(await issuer.accessToken({ cnf: own.cnf }), own)).toEqual({ status: 200 });
  });

  test("is refused from whoever has another one, or none", async () => {
    const { call, issuer } = await startTlsApi();
    const token = await issuer.accessToken({ cnf: own.cnf });
    const { code: _, ...notOwn } = NOT_OWN as { code: string };
    const { code: __, ...notShown } = NOT_SHOWN as { code: string };
    expect(await call(token, other)).toEqual(notOwn);
    expect(await call(token)).toEqual(notShown);
  });

  test("does not keep out tokens that are bound to nothing", async () => {
    const { call, issuer } = await startTlsApi();
    expect(await call(await issuer.accessToken(), other)).toEqual({ status: 200 });
    expect(await call(await issuer.accessToken())).toEqual({ status: 200 });
  });
});

describe("behind a proxy that ends TLS, a token that is bound to a certificate", () => {
  const behind = { clientCertificate: { header: "X-Client-Cert", proxies: ["127.0.0.1", "::1"] } };
  const base64 = own.der.toString("base64");

  async function startBehind(guard: RequireBearerOptions = behind) {
    const api = await startApi({ guard });
    return { ...api, token: await api.issuer.accessToken({ cnf: own.cnf }) };
  }

  test("passes when the proxy tells of that certificate, whatever its caller has told", async () => {
    const { url, token } = await startBehind();
    const proxy = await startProxy({ to: url, headers: { "x-client-cert": encodeURIComponent(own.cert) } });
    const headers = { authorization: `Bearer ${token}`, "x-client-cert": encodeURIComponent(other.cert) };
    expect((await ask(proxy, { headers })).status).toBe(200);
  });

  test.each([
    ["PEM with percent signs", encodeURIComponent(own.cert)],
    ["PEM with percent signs where they must be", own.cert.replaceAll("\n", "%0A").replaceAll(" ", "%20")],
    ["PEM on one line", own.cert.trim().replaceAll("\n", " ")],
    ["PEM with tabs for ends of lines", own.cert.trim().replaceAll("\n", "\t")],
    ["a chain in PEM", encodeURIComponent(own.cert + other.cert)],
    ["base64", base64],
    ["a byte sequence (RFC 9440)", `:${base64}:`],
  ])("is known by the certificate in the header as %s", async (_form, certificate) => {
    const { ask: call, token } = await startBehind();
    const headers = { authorization: `Bearer ${token}`, "x-client-cert": certificate };
    expect((await call({ headers })).status).toBe(200);
  });

  test.each([
    ["holds another certificate", encodeURIComponent(other.cert), "and the caller has shown another one"],
    ["is empty", "", "but the call came without a client certificate"],
    ["is missing", undefined, "but the call came without a client certificate"],
    ["holds none", "a certificate", "but its client certificate can't be read"],
    ["holds half of one", base64.slice(0, 400), "but its client certificate can't be read"],
    [
      "holds PEM that is none",
      "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----",
      "but its client certificate can't be read",
    ],
    ["ends in the middle of a letter", "%E0%A4%A", "but its client certificate can't be read"],
    ["holds two", `${base64},${base64}`, "but its client certificate can't be read"],
    ["holds only the thumbprint", own.cnf["x5t#S256"], "but its client certificate can't be read"],
  ])("is refused when the header %s", async (_what, certificate, rule) => {
    const { ask: call, token } = await startBehind();
    const headers = {
      authorization: `Bearer ${token}`,
      ...(certificate !== undefined && { "x-client-cert": certificate }),
    };
    expect(refusalIn(await call({ headers }))).toEqual(refused(rule));
  });

  test("is refused when the header comes twice", async () => {
    const { url, token } = await startBehind();
    const authorization = `Bearer ${token}`;
    const answer = await sendRaw(
      url,
      rawRequest("/", { authorization, "X-Client-Cert": base64, "x-client-cert": base64 }),
    );
    expect(answer.status).toBe(401);
    expect(answer.text).toContain("the header with the client certificate may stand once");
  });

  test("is refused when the header comes from anywhere else", async () => {
    const { ask: call, token } = await startBehind({
      clientCertificate: { header: "X-Client-Cert", proxies: ["10.0.0.0/8", "fd00::/8"] },
    });
    const headers = { authorization: `Bearer ${token}`, "x-client-cert": base64 };
    expect(refusalIn(await call({ headers }))).toEqual(NOT_SHOWN);
  });

  test("is refused by an API that looks at no certificates, or only at those of TLS", async () => {
    const headers = async (token: string) => ({ authorization: `Bearer ${token}`, "x-client-cert": base64 });
    const blind = await startBehind({});
    expect(refusalIn(await blind.ask({ headers: await headers(blind.token) }))).toEqual(
      refused("and this API looks at none"),
    );
    const tls = await startBehind({ clientCertificate: "tls" });
    expect(refusalIn(await tls.ask({ headers: await headers(tls.token) }))).toEqual(NOT_SHOWN);
  });

  test("is bound to no key that a proof could show, so it can't come with the scheme DPoP", async () => {
    const { ask: call, token } = await startBehind({ ...behind, ...takesProofs });
    const caller = await createCaller();
    const headers = { ...(await caller.headers({ token })), "x-client-cert": base64 };
    const { status, challenge } = refusalIn(await call({ headers }));
    expect(status).toBe(401);
    expect(challenge).toContain("it is bound to no key that a proof could show");
  });

  test("needs the proof of its key as well, where it is bound to both", async () => {
    const { ask: call, issuer } = await startBehind({ ...behind, ...takesProofs });
    const caller = await createCaller();
    const token = await issuer.accessToken({ cnf: { ...caller.cnf, ...own.cnf } });
    const both = async () => ({ ...(await caller.headers({ token })), "x-client-cert": base64 });
    expect((await call({ headers: await both() })).status).toBe(200);
    const { dpop: _proof, ...withoutProof } = await both();
    expect(refusalIn(await call({ headers: withoutProof })).code).toBe("OIDC_BEARER_PROOF_INVALID");
    const { "x-client-cert": _certificate, ...withoutCertificate } = await both();
    const { status, challenge } = refusalIn(await call({ headers: withoutCertificate }));
    expect(status).toBe(401);
    expect(challenge).toMatch(/^DPoP error="invalid_token", .*it is bound to a client certificate, but the call/);
  });
});
