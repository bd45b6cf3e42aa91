import type { Image } from "@limn/shared/api";
import type { EngineStatus } from "../../workspace/state/status.ts";
import { createStore } from "../../workspace/state/store.ts";
import type { SegmentAnswer, SegmentRequest } from "../../workspace/tools/tool.ts";

export const segmenter = {
  status: createStore<EngineStatus>({ engine: "none", reasons: [] }),
  run: (_image: Image, _request: SegmentRequest): Promise<SegmentAnswer | undefined> =>
    Promise.reject(new Error("The network is not there.")),
  prepare(_image: Image): void {},
  cancel(): void {},
};
