import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Chromium or Chrome of this machine, or CHROMIUM. */
export function browserPath(): string {
  const named = process.env["CHROMIUM"];
  const found = named ?? PLACES.find((path) => existsSync(path));
  if (found === undefined || !existsSync(found))
    throw new Error(
      "No Chromium was found: install it (Debian: apt-get install chromium) or set CHROMIUM to its path.",
    );
  return found;
}

/** With `gpu` pages get WebGPU, drawn in software where there is no graphics card. */
export function launchBrowser({ gpu = false } = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: browserPath(),
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...(gpu ? ["--enable-unsafe-webgpu"] : []),
    ],
  });
}
