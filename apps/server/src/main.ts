import { fileURLToPath } from "node:url";
import { buildApp } from "./app.ts";
import { ConfigError, readConfig, type Config } from "./config.ts";
import { openParts } from "./open-parts.ts";

const webRoot = fileURLToPath(new URL("../../web/dist/", import.meta.url));

/** Ends the process with one sentence instead of a stack where the cause is known. */
function refuseToStart(error: unknown, config?: Config): never {
  console.error(sentenceFor(error, config));
  process.exit(1);
}

function sentenceFor(error: unknown, config?: Config): string {
  if (error instanceof ConfigError) return `Limn cannot start: ${error.message}`;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return `Limn cannot start: port ${config?.port} is in use; stop the other program or set PORT to another number.`;
  if (code === "EACCES" || code === "EADDRNOTAVAIL")
    return `Limn cannot start: it may not listen on ${config?.host}:${config?.port}; set HOST and PORT.`;
  return `Limn cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

function loadConfig(): Config {
  try {
    return readConfig(process.env);
  } catch (error) {
    return refuseToStart(error);
  }
}

const config = loadConfig();
try {
  const parts = await openParts(config);
  const app = await buildApp(parts, webRoot, parts.drain);
  await parts.start();
  await app.listen({ port: config.port, host: config.host });
  const address = app.server.address();
  const port = typeof address === "object" && address !== null ? address.port : config.port;
  const host = config.host === "0.0.0.0" || config.host === "::" ? "127.0.0.1" : config.host;
  console.log(`Limn is at ${config.publicUrl ?? `http://${host}:${port}`}`);
  if (!(await parts.accounts.isSetUp()))
    console.log("First start: open the address to make the owner's account.");

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await app.close();
    await parts.close();
    process.exit(0);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop());
} catch (error) {
  refuseToStart(error, config);
}
