/**
 * Response types and modes against real providers: each one once, and each way of a client to prove itself once. The rest of the product
 * runs with all tests.
 * @module
 */
import { testResponse } from "../support/response-suite.js";

testResponse({ type: "code", mode: "form_post", way: "client_secret_basic" });
testResponse({ type: "code id_token", way: "private_key_jwt" });
testResponse({ type: "id_token", way: "none" });
testResponse({ type: "id_token token", way: "client_secret_post", at: "GenAuth" });
testResponse({ type: "code token", way: "client_secret_jwt" });
testResponse({ type: "code id_token token", way: "client_secret_post", at: "GenAuth" });
testResponse({ type: "code", mode: "jwt", way: "client_secret_post" });
testResponse({ type: "code", mode: "query.jwt", way: "none", at: "GenAuth" });
testResponse({ type: "code", mode: "form_post.jwt", way: "client_secret_basic" });
testResponse({ type: "code id_token token", mode: "form_post.jwt", way: "private_key_jwt" });
testResponse({ type: "code", way: "tls_client_auth" });
testResponse({ type: "code id_token", way: "self_signed_tls_client_auth", at: "GenAuth" });
