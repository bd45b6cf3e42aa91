import { createRequire } from "node:module";

// The server's packages are not the tests' own.
const require = createRequire(new URL("../../apps/server/package.json", import.meta.url));

export const onnxruntime = require("onnxruntime-node") as typeof import("onnxruntime-node");
export const sharp = require("sharp") as typeof import("sharp").default;
