/**
 * The program of one process of the cluster, which tells the process that has started it whenever its slow route begins its work.
 * @module
 */
import process from "node:process";
import express from "express";

const { get } = express.application;

/** Routes as ever; behind its guards the slow one tells before it works. */
express.application.get = function getTelling(path, ...handlers) {
  const tell = (_req, _res, next) => {
    process.send?.("slow has begun");
    next();
  };
  return get.call(this, path, ...(path === "/slow" ? handlers.toSpliced(-1, 0, tell) : handlers));
};

await import("../../build/examples/cluster/worker.js");
