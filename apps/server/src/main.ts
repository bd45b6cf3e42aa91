import { buildApp } from "./app.ts";

const app = await buildApp();
const port = Number(process.env["PORT"] ?? 8080);
const host = process.env["HOST"] ?? "127.0.0.1";
console.log(`Listening on ${await app.listen({ port, host })}`);
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void app.close().then(() => process.exit(0)));
