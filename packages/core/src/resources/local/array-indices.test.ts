import { expect, it } from "vitest";
import { parseArrayIndices } from "./array-indices.js";

it.each([
  ["1-3", [1, 2, 3]],
  ["1,5,9", [1, 5, 9]],
  ["2-20:5", [2, 7, 12, 17]],
  ["9, 1-2", [1, 2, 9]],
  ["1-2,2-3", [1, 2, 3]],
])("reads %s", (text, indices) => {
  expect(parseArrayIndices(text)).toEqual(indices);
});

it("refuses a list of very many parts before it is put together", () => {
  const parts = Array.from({ length: 50_000 }, (_, part) => `${part * 1000 + 1}-${part * 1000 + 1000}`);
  const begun = performance.now();
  expect(parseArrayIndices(parts.join(","))).toMatch(/more than 1000 elements/);
  expect(performance.now() - begun).toBeLessThan(10_000);
});

it.each(["", "0-2", "3-1", "1-", "-1", "a", "1-2:0", "1-2000", "1;2", "1-999999999"])(
  "refuses %j with a sentence",
  (text) => {
    expect(parseArrayIndices(text)).toMatch(/\.$/);
  },
);
