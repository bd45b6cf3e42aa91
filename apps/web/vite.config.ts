import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig, type Plugin } from "vite";

const brotli = promisify(brotliCompress);

/** Writes FILE.br beside each asset worth it; the server sends it with preCompressed. */
function precompress(): Plugin {
  return {
    name: "precompress",
    apply: "build",
    async closeBundle() {
      const dir = join(import.meta.dirname, "dist");
      for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|mjs|css|html|svg|wasm|json)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const data = await readFile(path);
        if (data.length < 1024) continue;
        const quality = data.length > 4_000_000 ? 5 : 10;
        await writeFile(
          `${path}.br`,
          await brotli(data, {
            params: {
              [constants.BROTLI_PARAM_QUALITY]: quality,
              [constants.BROTLI_PARAM_SIZE_HINT]: data.length,
            },
          }),
        );
      }
    },
  };
}

const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

export default defineConfig({
  plugins: [react(), precompress()],
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
  worker: { format: "es" },
  assetsInclude: ["**/*.onnx"],
  build: {
    target: "es2023",
    // Older targets would have light-dark() rewritten into variables that nothing sets.
    cssTarget: ["chrome123", "firefox121", "safari17.5"],
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: {
    headers: isolation,
    proxy: { "/api": { target: "http://127.0.0.1:8080", changeOrigin: false, ws: true } },
  },
  optimizeDeps: { exclude: ["onnxruntime-web"] },
});
