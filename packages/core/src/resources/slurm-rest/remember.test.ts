import { expect, it } from "vitest";
import { remember } from "./remember.js";

it("what is remembered is bounded, and what was touched last stays", () => {
  const memory = new Map<string, number>();
  for (const [at, key] of ["a", "b", "c", "a", "d"].entries()) remember(memory, key, at, 3);
  expect([...memory]).toEqual([
    ["c", 2],
    ["a", 3],
    ["d", 4],
  ]);
});
