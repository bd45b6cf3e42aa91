import { playwright } from "@vitest/browser-playwright";
import { defaultClientConditions } from "vite";
import { defineConfig } from "vitest/config";

const chromium = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

export default defineConfig({
  test: {
    reporters: ["default", "./scripts/closing-line.ts"],
    projects: [
      {
        test: {
          name: "node",
          include: [
            "packages/**/*.test.ts",
            "apps/server/**/*.test.ts",
            "apps/web/**/!(*.browser).test.ts",
            "tests/*/**/*.node.test.ts",
          ],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        // As the app is built: apps/web/vite.config.ts.
        resolve: { conditions: ["onnxruntime-web-use-extern-wasm", ...defaultClientConditions] },
        assetsInclude: ["**/*.onnx"],
        optimizeDeps: {
          exclude: ["onnxruntime-web"],
          // Named here, or the first run finds them one by one and reloads the test in its middle.
          include: ["yjs", "pixi.js", "pixi.js/unsafe-eval", "rbush", "idb", "y-websocket", "zod"],
        },
        // Isolated as the server's pages are, so that tests may use SharedArrayBuffer.
        server: {
          headers: {
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Embedder-Policy": "require-corp",
          },
        },
        test: {
          name: "browser",
          include: ["apps/web/**/*.browser.test.{ts,tsx}"],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: chromium,
                args: ["--no-sandbox", "--enable-unsafe-webgpu"],
              },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      {
        test: {
          name: "e2e",
          include: ["tests/e2e/**/*.test.ts"],
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
});
