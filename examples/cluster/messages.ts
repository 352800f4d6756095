/**
 * What the processes of a cluster tell one another.
 * @module
 */

/** What a process needs to know to serve the app. */
export interface WorkerSetup {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly baseUrl: string;
  readonly secret: string;
  /** The port that all processes share. */
  readonly port: number;
  readonly redisUrl: string;
  /** Keeps the sessions in PostgreSQL. Default: in Redis, like everything else. */
  readonly postgresUrl?: string | undefined;
  /** How long a request to the provider may take. Seconds. */
  readonly httpTimeout: number;
}

/** A process serves the app, and has this address of its own. */
export interface Ready {
  readonly url: string;
}

/** Ends a process when what it is doing is done. */
export type Order = "close";
