import { expect, it } from "vitest";
import { countElements } from "./count-elements.js";

it.each<[string, number | undefined]>([
  ["3", 1],
  ["1-4", 4],
  ["1-4,3,7%2", 5],
  ["0-10:5", 3],
  ["0-10:0", undefined],
  ["", undefined],
  ["0-4000000", undefined],
])("elements of %j: %s", (array, count) => {
  expect(countElements(array)).toBe(count);
});
