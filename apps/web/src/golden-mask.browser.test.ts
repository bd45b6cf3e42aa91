import { decodeOperation, foldOperations } from "@limn/shared/raster";
import { GOLDEN_HASH, GOLDEN_SIZE, goldenOperations, hashMask } from "@limn/shared/testing";
import { expect, test } from "vitest";

test("[F6] a browser folds the golden list to the same bits as Node", () => {
  const operations = goldenOperations()
    .map(decodeOperation)
    .filter((operation) => operation !== undefined);
  expect(hashMask(foldOperations(GOLDEN_SIZE, operations))).toBe(GOLDEN_HASH);
});
