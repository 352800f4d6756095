/**
 * Express 4, which brings no types; what tests use of it is the same as in Express 5.
 * @module
 */
import { createRequire } from "node:module";
import type express from "express";

export const express4 = createRequire(import.meta.url)("express4") as typeof express;
