import { BlockList } from "node:net";
import { describe, expect, test } from "vitest";
import { addAddress, createCertificateOfHeader } from "../../../src/http/client-certificate.js";
import { createCertificate } from "../../support/certificates.js";
import { requestWith } from "../../support/exchange.js";

const { cnf, der } = createCertificate("a program");

/** What a header says that comes from an address. */
function from(address: string | undefined, ...listed: readonly string[]): unknown {
  const proxies = new BlockList();
  expect(listed.map((one) => addAddress(proxies, one))).not.toContain(false);
  const req = requestWith({ headers: { "client-cert": `:${der.toString("base64")}:` } });
  Object.defineProperty(req.socket, "remoteAddress", { value: address });
  return createCertificateOfHeader({ name: "Client-Cert", proxies })(req);
}

describe("a header with a client certificate", () => {
  test.each([
    ["10.1.2.3", "10.1.2.3"],
    ["10.1.2.3", "10.0.0.0/8"],
    ["::ffff:10.1.2.3", "10.0.0.0/8"],
    ["::FFFF:10.1.2.3", "10.1.2.3"],
    ["10.1.2.3", "::ffff:10.1.2.3"],
    ["10.1.2.3", "0.0.0.0/0"],
    ["::1", "::1"],
    ["fd12::7", "fd00::/8"],
    ["fe80::1%eth0", "fe80::/10"],
  ])("is believed from %s where %s is listed", (address, listed) => {
    expect(from(address, "192.0.2.1", listed)).toEqual({ thumbprint: cnf["x5t#S256"] });
  });

  test.each([
    ["10.1.2.4", "10.1.2.3"],
    ["11.0.0.1", "10.0.0.0/8"],
    ["::ffff:11.0.0.1", "10.0.0.0/8"],
    ["::1", "127.0.0.1"],
    ["fe00::1", "fd00::/8"],
    [undefined, "0.0.0.0/0"],
    ["", "0.0.0.0/0"],
  ])("counts as none from %s where %s is listed", (address, listed) => {
    expect(from(address, listed)).toEqual({ rule: "the call came without a client certificate" });
  });
});

test.each([
  "",
  "proxy",
  "10.0.0",
  "10.0.0.0/33",
  "10.0.0.0/-1",
  "10.0.0.0/",
  "10.0.0.0/8/8",
  "10.0.0.0/a",
  "fd00::/129",
  "::ffff:10.0.0.0/104",
])("%j is no address of a proxy", (text) => {
  expect(addAddress(new BlockList(), text)).toBe(false);
});
