/** @module What a guard is to Express, Connect and everything that calls `(req, res, next)`. */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Passes a request on, or an error. */
export type Next = (error?: unknown) => void;

/** Middleware for Express, Connect and everything that calls `(req, res, next)`. */
export type Middleware = (req: IncomingMessage, res: ServerResponse, next: Next) => void;
