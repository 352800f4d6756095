import { vi } from "vitest";
import { createMemoryState } from "../../src/state/memory.js";
import { sharedStateContract } from "./shared-state.js";

sharedStateContract("state in this process", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const state = createMemoryState();
  return {
    here: state,
    there: state,
    pass: async (seconds) => void vi.setSystemTime(Date.now() + seconds * 1000),
    close: async () => void vi.useRealTimers(),
  };
});
