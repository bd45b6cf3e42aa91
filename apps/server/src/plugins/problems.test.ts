import { ApiError } from "@limn/shared/api";
import { DatabaseSync } from "node:sqlite";
import fastify from "fastify";
import { expect, test } from "vitest";
import { LogError, NoSuchImageError } from "../rooms/index.ts";
import { answerProblems, explain } from "./problems.ts";

test("[SH3] a full disk is told apart from a fault, whoever met it", () => {
  const database = new DatabaseSync(":memory:");
  database.exec("create table t (x); pragma max_page_count = 2");
  let full: unknown;
  try {
    database.exec("insert into t values (zeroblob(1000000))");
  } catch (error) {
    full = error;
  }
  const enospc = Object.assign(new Error("write"), { code: "ENOSPC" });
  for (const error of [full, enospc, new LogError("disk full")])
    expect(explain(error as Error).code).toBe("storage-failed");
});

test("[SH3] a fault tells nothing of the inside", () => {
  const { code, detail } = explain(new Error("/secret/path broke"));
  expect(code).toBe("internal-error");
  expect(detail).not.toContain("secret");
  expect(explain(new ApiError("gone", "It is gone.")).detail).toBe("It is gone.");
  expect(explain(new NoSuchImageError("x")).code).toBe("not-found");
});

test("[SH3] the log holds faults with their place in the code, and what was told in a sentence without it", async () => {
  const lines: { level: number; err?: { stack: string }; detail?: string }[] = [];
  const app = fastify({ logger: { stream: { write: (line) => lines.push(JSON.parse(line)) } } });
  answerProblems(app);
  const errors: Record<string, Error> = {
    busy: new ApiError("unavailable", "Too many people ask at once: try again."),
    broken: Object.assign(new ApiError("unavailable", "The network broke down."), {
      cause: new Error("NaN"),
    }),
    fault: new TypeError("undefined is not a function"),
    wrong: new ApiError("forbidden", "You may look only."),
  };
  for (const [name, error] of Object.entries(errors))
    app.get(`/${name}`, () => Promise.reject(error));
  const told = async (name: string) => {
    lines.length = 0;
    await app.inject(`/${name}`);
    return lines.filter(({ level }) => level >= 40).map((line) => [line.level, "err" in line]);
  };
  expect(await told("busy")).toEqual([[40, false]]);
  expect(await told("broken")).toEqual([[50, true]]);
  expect(await told("fault")).toEqual([[50, true]]);
  expect(await told("wrong")).toEqual([]);
  await app.close();
});
