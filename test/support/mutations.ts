/**
 * Access tokens and their header lines, changed in the ways that attackers and accidents change them.
 * @module
 */
import fc from "fast-check";
import { anyText } from "./any-text.js";

/** One change, as numbers and a text, so that a failure can be made smaller. */
export interface Mutation {
  /** Which of the good tokens is changed. */
  readonly which: number;
  /** Which other one takes part. */
  readonly other: number;
  readonly how: keyof typeof mutators;
  readonly at: number;
  readonly by: number;
  readonly text: string;
}

interface Material extends Pick<Mutation, "at" | "by" | "text"> {
  readonly token: string;
  readonly other: string;
}

type Json = Record<string, unknown>;

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const dividers = [
  "\r\n",
  "\n",
  "\r",
  "\r\n ",
  "\0",
  "\t",
  " ",
  "  ",
  '"',
  ",",
  ", ",
  ";",
  "=",
  ".",
  "..",
  "%20",
  "%0d%0a",
  "\u0085",
];

const toText = (value: string | Buffer) => Buffer.from(value).toString("base64url");
const bytesOf = (part: string) => Buffer.from(part, "base64url");
const partsOf = (token: string) => token.split(".") as [string, string, string];

function insert(text: string, at: number, piece: string): string {
  const place = at % (text.length + 1);
  return text.slice(0, place) + piece + text.slice(place);
}

/** The token with another part in the place of one. */
function withPart(token: string, index: number, change: (part: string) => string): string {
  return partsOf(token)
    .map((part, at) => (at === index % 3 ? change(part) : part))
    .join(".");
}

/** The token with header (0) or claims (1) written anew. */
function withJson(token: string, index: number, write: (value: Json) => string): string {
  return withPart(token, index % 2, (part) => toText(write(JSON.parse(bytesOf(part).toString()) as Json)));
}

/** Values that a member may have and should not. */
function oddValues(text: string): readonly unknown[] {
  const evil = `evil"\r\nx-evil: 1${text}`;
  return [
    null,
    7,
    -1,
    1e308,
    true,
    [],
    {},
    "",
    evil,
    [evil],
    { evil },
    "evil".repeat(2000),
    "\ud800",
    "none",
    "HS256",
    "__proto__",
  ];
}

const headerNames = ["alg", "kid", "typ", "crit", "b64", "jwk", "jku", "x5c", "x5u", "zip", "enc", "cty", "__proto__"];
const claimNames = [
  "iss",
  "aud",
  "exp",
  "nbf",
  "iat",
  "sub",
  "scope",
  "client_id",
  "jti",
  "cnf",
  "events",
  "__proto__",
];

/** Ways to change a token. */
const tokenMutators = {
  bit: ({ token, at, by }) =>
    withPart(token, by, (part) => {
      const bytes = bytesOf(part);
      const place = at % bytes.length;
      bytes.writeUInt8(bytes.readUInt8(place) ^ (1 << (by % 8)), place);
      return toText(bytes);
    }),
  letter: ({ token, at, by }) => {
    const place = at % token.length;
    return token.slice(0, place) + letters.charAt(by % 64) + token.slice(place + 1);
  },
  letterCase: ({ token, by }) =>
    [token.toLowerCase(), token.toUpperCase(), token.split("").reverse().join("")][by % 3] ?? "",
  cutEnd: ({ token, at }) => token.slice(0, at % token.length),
  cutBegin: ({ token, at }) => token.slice(1 + (at % (token.length - 1))),
  cutOut: ({ token, at, by }) => token.slice(0, at % token.length) + token.slice((at % token.length) + 1 + (by % 9)),
  joined: ({ token, other, by }) =>
    [token + token, `${token}.${other}`, `${token}.${token}`, `${other}${token}`, `.${token}`, `${token}.`][by % 6] ??
    "",
  mixed: ({ token, other, by }) =>
    partsOf(token)
      .map((part, at) => ((by >> at) & 1 ? partsOf(other)[at] : part))
      .join("."),
  order: ({ token, by }) => {
    const [header, claims, signature] = partsOf(token);
    return (
      [
        [claims, header, signature],
        [header, signature, claims],
        [signature, claims, header],
        [header, claims],
        [header, claims, "", signature],
      ][by % 5]?.join(".") ?? ""
    );
  },
  spelling: ({ token, at, by }) =>
    withPart(token, at, (part) => {
      const spare = part.slice(0, -1) + letters.charAt(letters.indexOf(part.slice(-1)) ^ (1 + (by % 3)));
      const standard = Buffer.from(bytesOf(part)).toString("base64");
      return (
        [
          spare,
          standard,
          `${part}=`,
          `${part}==`,
          `=${part}`,
          encodeURIComponent(`${part}=`),
          bytesOf(part).toString("hex"),
          part.replaceAll("-", "+").replaceAll("_", "/"),
        ][by % 8] ?? ""
      );
    }),
  signature: ({ token, at, by, text }) =>
    withPart(token, 2, (part) => {
      const size = bytesOf(part).length;
      return (
        [
          "",
          toText(Buffer.alloc(size)),
          toText(Buffer.alloc(size, 255)),
          toText(Buffer.alloc(at % 600, by % 256)),
          toText(text),
          toText(bytesOf(part).reverse()),
          part + part,
          part.slice(1),
        ][by % 8] ?? ""
      );
    }),
  member: ({ token, at, by, text }) =>
    withJson(token, at, (json) => {
      const names = at % 2 === 0 ? headerNames : claimNames;
      const odd = oddValues(text);
      const members = { ...json };
      Object.defineProperty(members, names[(at >> 1) % names.length] ?? "", {
        value: odd[by % odd.length],
        enumerable: true,
        configurable: true,
      });
      return JSON.stringify(members);
    }),
  twice: ({ token, at, by, text }) =>
    withJson(token, at, (json) => {
      const names = Object.keys(json);
      const odd = oddValues(text);
      const one = `${JSON.stringify(names[by % names.length])}:${JSON.stringify(odd[at % odd.length])}`;
      const rest = JSON.stringify(json).slice(1, -1);
      return by % 2 === 0 ? `{${one},${rest}}` : `{${rest},${one}}`;
    }),
  json: ({ token, at, by, text }) =>
    withJson(token, at, (json) => {
      const plain = JSON.stringify(json);
      const nested = "[".repeat(at % 3000) + "]".repeat(at % 3000);
      return (
        [
          ` ${plain}`,
          `${plain}\n`,
          JSON.stringify(json, null, 1),
          `[${plain}]`,
          `${plain}${plain}`,
          `\ufeff${plain}`,
          plain.slice(0, -1),
          plain.replace("a", "\\u0061"),
          `{${plain.slice(1, -1)},"evil":${nested || 1}}`,
          "null",
          "7",
          '"evil"',
          text,
          `${plain.slice(0, -1)},}`,
          plain.replaceAll('"', "'"),
          "\xff\xfe",
        ][by % 16] ?? ""
      );
    }),
  foreignLetters: ({ token, at, text }) => insert(token, at, Buffer.from(text || "\u00ff", "utf8").toString("latin1")),
  divided: ({ token, at, by }) => insert(token, at, dividers[by % dividers.length] ?? ""),
  large: ({ token, at, by }) => insert(token, at, letters.charAt(by % 64).repeat(1 + (by % 20_000))),
  text: ({ text, by }) =>
    [text, `${text}.${text}.${text}`, "..", ".", "a.b.c", `${toText("{}")}.${toText("{}")}.`][by % 6] ?? "",
} satisfies Record<string, (material: Material) => string>;

const schemes = [
  "bearer",
  "BEARER",
  "Bearer ",
  "Bearer\t",
  "Bearer,",
  "Bearer:",
  "Bear er",
  "DPoP",
  "dpop",
  "Basic",
  "",
  "Bearer Bearer",
  "\u00a0Bearer",
  "token",
  "Bearer\r\nx-evil: 1",
];

/** Ways to change the lines of the header. Each answers lines, of which the first is behind `Authorization: `. */
const lineMutators = {
  scheme: ({ token, by }) => `${schemes[by % schemes.length]} ${token}`,
  spaces: ({ token, at, by }) => `${" ".repeat(at % 4)}Bearer${" ".repeat(by % 5)}${token}${" ".repeat(at % 3)}`,
  tabs: ({ token, at, by }) =>
    `Bearer${["\t", " \t", "\t ", "\u00a0", "\v"][by % 5]}${token}${["", "\t", " \t"][at % 3]}`,
  behind: ({ token, other, by }) =>
    `Bearer ${token}${[` ${token}`, `, Bearer ${other}`, ",", ' realm="evil"', "; evil=1", "\0", " evil", "\u00ff"][by % 8]}`,
  quoted: ({ token, by }) =>
    `Bearer ${[`"${token}"`, `token="${token}"`, `'${token}'`, `<${token}>`, `access_token=${token}`][by % 5]}`,
  lines: ({ token, other, by }) =>
    `Bearer ${token}\r\n${[`Authorization: Bearer ${token}`, `authorization: Bearer ${other}`, "AUTHORIZATION: Basic YTpi", "Authorization:", "Authorization : Bearer x", "x-evil: 1"][by % 6]}`,
  injected: ({ token, at, by }) => {
    const place = 1 + (at % (token.length - 1));
    const ends = [
      "\r\nx-evil: 1",
      "\r\n\r\n",
      "\n\n",
      "\r\n\tx",
      "\rx-evil: 1",
      "\r\nContent-Length: 5\r\n\r\nevil!",
      "\r\nTransfer-Encoding: chunked",
    ];
    return `Bearer ${token.slice(0, place)}${ends[by % ends.length]}${token.slice(place)}`;
  },
} satisfies Record<string, (material: Material) => string>;

const mutators = { ...tokenMutators, ...lineMutators };

/** Any change of any of so many tokens. */
export function mutations(tokens: number): fc.Arbitrary<Mutation> {
  const ways = Object.keys(mutators) as (keyof typeof mutators)[];
  return fc.record({
    which: fc.nat({ max: tokens - 1 }),
    other: fc.nat({ max: tokens - 1 }),
    how: fc.constantFrom(...ways),
    at: fc.nat({ max: 1 << 20 }),
    by: fc.nat({ max: 1 << 20 }),
    text: anyText(12),
  });
}

/** The value of the header Authorization that a change makes, as bytes; more lines may stand in it. */
export function authorizationOf({ which, other, how, at, by, text }: Mutation, tokens: readonly string[]): Buffer {
  const material = { token: tokens[which] ?? "", other: tokens[other] ?? "", at, by, text };
  const changed = mutators[how](material);
  return Buffer.from(how in tokenMutators ? `Bearer ${changed}` : changed, "latin1");
}

/** Whether a header still brings one of these tokens, letter by letter, and nothing else (RFC 6750 2.1). */
export function bringsOneOf(tokens: readonly string[], authorization: Buffer): boolean {
  const [value = "", ...others] = authorization.toString("latin1").split("\r\n");
  const [, token] = /^[ \t]*bearer +([^ \t]+)[ \t]*$/i.exec(value) ?? [];
  const isAlone = others.every((line) => /^[\w-]+:/.test(line) && !/^authorization:/i.test(line));
  return token !== undefined && isAlone && tokens.includes(token);
}
