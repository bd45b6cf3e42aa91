import { ApiError } from "@limn/shared/api";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { LogError, NoSuchImageError } from "../rooms/index.ts";
import { explain } from "./problems.ts";

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
