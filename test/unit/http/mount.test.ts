import type { RequestListener } from "node:http";
import connect, { type NextHandleFunction } from "connect";
import express from "express";
import { describe, expect, test } from "vitest";
import { type MountedRequest, placeOf, publicPath } from "../../../src/http/mount.js";
import { requestWith, serve } from "../../support/exchange.js";
import { express4 } from "../../support/express4.js";

const tell: RequestListener = (req, res) => res.end(JSON.stringify(placeOf(req as MountedRequest)));

const frameworks: [name: string, mountAt: (path: string) => RequestListener][] = [
  ["Express 5", (path) => express().use(path, tell)],
  ["Express 4", (path) => express4().use(path, tell)],
  ["Connect", (path) => connect().use(path, tell as NextHandleFunction)],
];

const places: [url: string, mount: string, place: ReturnType<typeof placeOf>][] = [
  ["/", "/", { path: "/", query: "", mount: "" }],
  ["/login", "/", { path: "/login", query: "", mount: "" }],
  ["/login?returnTo=/x?y", "/", { path: "/login", query: "returnTo=/x?y", mount: "" }],
  ["/app/login", "/app", { path: "/login", query: "", mount: "/app" }],
  ["/app/login?a=1&a=2", "/app", { path: "/login", query: "a=1&a=2", mount: "/app" }],
  [
    "/app/callback?state=x&iss=https://id.example/app",
    "/app",
    { path: "/callback", query: "state=x&iss=https://id.example/app", mount: "/app" },
  ],
  ["/app", "/app", { path: "/", query: "", mount: "/app" }],
  ["/app/", "/app", { path: "/", query: "", mount: "/app" }],
  ["/app?x=1", "/app", { path: "/", query: "x=1", mount: "/app" }],
  ["/app/app", "/app", { path: "/app", query: "", mount: "/app" }],
  ["/app/app/login", "/app", { path: "/app/login", query: "", mount: "/app" }],
  ["/a/b/login", "/a/b", { path: "/login", query: "", mount: "/a/b" }],
  ["/APP/login", "/app", { path: "/login", query: "", mount: "/APP" }],
];

describe.each(frameworks)("a mount in %s", (_name, mountAt) => {
  test.each(places)("%s below %s is told apart from the route", async (url, mount, place) => {
    const base = await serve(mountAt(mount));
    expect(await (await fetch(base + url)).json()).toEqual(place);
  });
});

describe("a mount", () => {
  test("of a router in a router is both together", async () => {
    const inner = express.Router().use("/shop", tell);
    const base = await serve(express().use("/:tenant", inner));
    expect(await (await fetch(`${base}/acme/shop/login?x`)).json()).toEqual({
      path: "/login",
      query: "x",
      mount: "/acme/shop",
    });
  });

  test("is none on a bare server", async () => {
    const base = await serve(tell);
    expect(await (await fetch(`${base}/app/login?x`)).json()).toEqual({ path: "/app/login", query: "x", mount: "" });
  });

  test("is none where something before has rewritten the URL", () => {
    const req = requestWith({ url: "/new?x=1", originalUrl: "/old?x=1" });
    expect(placeOf(req)).toEqual({ path: "/new", query: "x=1", mount: "" });
  });

  test.each([
    ["a fragment, which only a broken client sends", "/login?x=1#y?z", { path: "/login", query: "x=1", mount: "" }],
    ["a fragment before what looks like a query", "/login#y?z", { path: "/login", query: "y?z", mount: "" }],
    ["the asterisk of OPTIONS", "*", { path: "*", query: "", mount: "" }],
    ["an empty query", "/login?", { path: "/login", query: "", mount: "" }],
  ])("is not confused by %s", (_what, url, place) => {
    const { path, mount } = placeOf(requestWith({ url }));
    expect({ path, mount }).toEqual({ path: place.path, mount: place.mount });
  });

  test("is none for a request without a URL", () => {
    const req = requestWith();
    delete req.url;
    expect(placeOf(req)).toEqual({ path: "/", query: "", mount: "" });
  });
});

describe("the path that the browser shows", () => {
  test.each([
    ["no path in baseUrl, no mount", "/x?y", "", "", "/x?y"],
    ["mounted where baseUrl says, nothing in between", "/app/x?y", "/app", "/app", "/app/x?y"],
    ["the mount itself", "/app", "/app", "/app", "/app"],
    ["a proxy cuts the path off", "/x?y", "/app", "", "/app/x?y"],
    ["a proxy cuts the path off, front page", "/", "/app", "", "/app/"],
    ["a proxy keeps the path, auth() is mounted without one", "/app/x", "/app", "", "/app/x"],
    ["a proxy keeps the path, front page", "/app", "/app", "", "/app"],
    ["a proxy keeps the path, front page with a query", "/app?y", "/app", "", "/app?y"],
    ["a path that only begins like it", "/apple", "/app", "", "/app/apple"],
    ["a proxy cuts the front off, the mount stays", "/app/x", "/front/app", "/app", "/front/app/x"],
    ["a proxy cuts the front off, the mount itself", "/app", "/front/app", "/app", "/front/app"],
    ["a proxy keeps all of it", "/front/app/x", "/front/app", "/front/app", "/front/app/x"],
    ["a mount in a mount", "/a/b/x", "/a/b", "/a/b", "/a/b/x"],
  ])("%s", (_what, original, basePath, mount, shown) => {
    expect(publicPath(original, basePath, mount)).toBe(shown);
  });
});
