/** @module One request on its way through an instance. */
import type { ServerResponse } from "node:http";
import type { MountedRequest } from "../http/mount.js";
import type { Instance } from "./instance.js";

/** A request, its answer, the instance that serves it and where the app mounted that. */
export interface Visit {
  readonly instance: Instance;
  readonly req: MountedRequest;
  readonly res: ServerResponse;
  readonly mount: string;
}
