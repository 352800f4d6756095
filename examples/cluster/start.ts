/**
 * Several processes of one app behind one address, with a provider beside them.
 * @module
 */
import cluster, { type Worker } from "node:cluster";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { RequestHandler } from "express";
import { demoClient, type EmbeddedProvider, startProvider } from "../demo/provider.js";
import type { Ready, WorkerSetup } from "./messages.js";
import { freePort } from "./server-process.js";

/** How a cluster is made. */
export interface ClusterOptions {
  readonly redisUrl: string;
  /** Keeps the sessions in PostgreSQL. Default: in Redis. */
  readonly postgresUrl?: string | undefined;
  /** How many processes. Default 4. */
  readonly size?: number;
  /** The port of the address that they share. Default: a free one. */
  readonly port?: number;
  /** Life of an access token. Seconds. Default 60. */
  readonly accessTokenLifetime?: number;
  /** How long a request to the provider may take. Seconds. Default 5. */
  readonly httpTimeout?: number;
  /** The compiled program of a process. Default: the one beside this file. */
  readonly program?: string;
  /** Sees every request before the provider does. */
  readonly before?: RequestHandler;
}

/** One process. */
export interface Member {
  /** Its address of its own. */
  readonly url: string;
  readonly worker: Worker;
}

/** A running cluster. */
export interface Cluster {
  /** Where people reach the app: any of the processes answers. */
  readonly url: string;
  readonly members: readonly Member[];
  readonly provider: EmbeddedProvider;
  /** How long the access tokens live that are issued from now on. Seconds. */
  readonly tokens: { lifetime: number };
  /** Refresh tokens that the provider has replaced, and refresh requests that it has refused. */
  readonly renewals: { done: number; refused: number };
  /** Kills a process at once, and starts another one in its place. */
  replace(at: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts provider and processes. */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const { size = 4, httpTimeout = 5, before } = options;
  const tokens = { lifetime: options.accessTokenLifetime ?? 60 };
  const port = options.port ?? (await freePort());
  const url = `http://localhost:${port}`;
  const client = { ...demoClient(url), backchannel_logout_uri: `http://127.0.0.1:${port}/backchannel-logout` };
  const provider = await startProvider({
    clients: [client],
    configuration: {
      features: { backchannelLogout: { enabled: true } },
      ttl: { AccessToken: () => tokens.lifetime },
    },
    ...(before !== undefined && { before }),
  });
  const renewals = countRenewals(provider);
  const setup: WorkerSetup = {
    issuer: provider.issuer,
    clientId: client.client_id,
    clientSecret: client.client_secret,
    baseUrl: url,
    secret: randomBytes(32).toString("base64url"),
    port,
    redisUrl: options.redisUrl,
    postgresUrl: options.postgresUrl,
    httpTimeout,
  };
  cluster.setupPrimary({ exec: options.program ?? fileURLToPath(new URL("worker.js", import.meta.url)), args: [] });
  const members = await Promise.all(Array.from({ length: size }, () => startMember(setup)));
  return {
    url,
    members,
    provider,
    tokens,
    renewals,
    async replace(at) {
      members[at]?.worker.process.kill("SIGKILL");
      members[at] = await startMember(setup);
    },
    async close() {
      await Promise.all(members.map(({ worker }) => endMember(worker)));
      await provider.close();
    },
  };
}

function countRenewals({ provider }: EmbeddedProvider): Cluster["renewals"] {
  const renewals = { done: 0, refused: 0 };
  provider.on("grant.success", ({ oidc }) => {
    if (oidc.entities.RotatedRefreshToken !== undefined) renewals.done += 1;
  });
  provider.on("grant.error", () => {
    renewals.refused += 1;
  });
  return renewals;
}

function startMember(setup: WorkerSetup): Promise<Member> {
  const worker = cluster.fork({ CLUSTER_SETUP: JSON.stringify(setup) });
  return new Promise((resolve, reject) => {
    worker.once("message", ({ url }: Ready) => resolve({ url, worker }));
    worker.once("exit", (code) => reject(new Error(`A process of the cluster ended with code ${code}.`)));
  });
}

function endMember(worker: Worker): Promise<void> {
  return new Promise((resolve) => {
    if (worker.isDead()) {
      resolve();
      return;
    }
    worker.once("exit", () => resolve());
    worker.send("close");
  });
}
