/** @module The decisions of the library, one line each, told under `NODE_DEBUG=express-oidc`. Never a token, code or secret. */
import { type DebugLogger, debuglog } from "node:util";

export const trace: DebugLogger = debuglog("express-oidc");
