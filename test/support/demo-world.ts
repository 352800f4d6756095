/**
 * The demo as `npm start` runs it, with a look at the requests that reach the app, and a stranger's site beside it.
 * @module
 */
import type { IncomingHttpHeaders } from "node:http";
import express, { type Express } from "express";
import { createDemoApp } from "../../examples/demo/app.js";
import { openServer } from "../../examples/demo/listen.js";
import { demoClient, type EmbeddedProvider, startProvider } from "../../examples/demo/provider.js";
import { appSecret } from "./app.js";

/** A request that reached the app. */
export interface Arrival {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The answer's status, once it is out. */
  status?: number;
}

/** The running demo. */
export interface DemoWorld {
  readonly url: string;
  readonly provider: EmbeddedProvider;
  /** What reached the app, oldest first. */
  readonly arrivals: Arrival[];
  /** Where another site on this machine is; a browser calls it cross-site. */
  readonly strangerUrl: string;
  /** Puts a page on the app's own site or on the stranger's, under any path. */
  addPage(site: "app" | "stranger", path: string, html: string): void;
  close(): Promise<void>;
}

/** Starts everything. */
export async function startDemoWorld(accessTokenLifetime = 60): Promise<DemoWorld> {
  const [server, strangerServer] = [await openServer(0), await openServer(0)];
  const url = `http://localhost:${server.port}`;
  const client = demoClient(url);
  const provider = await startProvider({ clients: [client], accessTokenLifetime });
  const arrivals: Arrival[] = [];
  const app = express();
  app.use((req, res, next) => {
    const arrival: Arrival = { method: req.method, path: req.path, headers: req.headers };
    arrivals.push(arrival);
    res.on("finish", () => {
      arrival.status = res.statusCode;
    });
    next();
  });
  const ownPages = addPages(app);
  const { client_id: clientId, client_secret: clientSecret } = client;
  const demo = createDemoApp({ issuer: provider.issuer, clientId, clientSecret, baseUrl: url, secret: appSecret });
  app.use(demo.app);
  server.answerWith(app);
  const stranger = express();
  const pages = { app: ownPages, stranger: addPages(stranger) };
  strangerServer.answerWith(stranger);
  return {
    url,
    provider,
    arrivals,
    strangerUrl: `http://127.0.0.1:${strangerServer.port}`,
    addPage: (site, path, html) => void pages[site].set(path, html),
    async close() {
      await strangerServer.close();
      await server.close();
      await demo.close();
      await provider.close();
    },
  };
}

function addPages(app: Express): Map<string, string> {
  const pages = new Map<string, string>();
  app.use((req, res, next) => {
    const html = pages.get(req.path);
    if (html === undefined) next();
    else res.type("html").send(`<!doctype html><title>${req.path}</title><link rel="icon" href="data:,">${html}`);
  });
  return pages;
}
