/** @module One request on its way through an instance. */
import type { ServerResponse } from "node:http";
import type { MountedRequest } from "../http/mount.js";
import type { Instance } from "./instance.js";

/**
 * A request, its answer, the instance that serves it and where the app mounted that. A class, and not a literal: V8 takes a
 * literal that often lives long for one that always does, and would then keep every request until the next full collection.
 */
export class Visit {
  readonly instance: Instance;
  readonly req: MountedRequest;
  readonly res: ServerResponse;
  readonly mount: string;

  constructor(instance: Instance, { req, res }: { req: MountedRequest; res: ServerResponse }, mount: string) {
    this.instance = instance;
    this.req = req;
    this.res = res;
    this.mount = mount;
  }
}
