import { stripVTControlCharacters } from "node:util";
import { expect, it } from "vitest";
import { renderHalfBlocks } from "./half-blocks.js";

it("draws two pixels in one cell, dark below bright", () => {
  const picture = { width: 2, height: 2, values: [1, 1, 0, 0] };
  const cell = "\u001B[38;5;255;48;5;232m▀";
  expect(renderHalfBlocks(picture, 80)).toBe(`${cell}${cell}\u001B[0m`);
});

it("keeps the shape and is never wider than asked", () => {
  const picture = { width: 400, height: 200, values: new Float32Array(80_000) };
  const lines = renderHalfBlocks(picture, 60).split("\n").map(stripVTControlCharacters);
  expect(lines).toHaveLength(15);
  for (const line of lines) expect(line).toHaveLength(60);
});

it("is not made black by one hot pixel", () => {
  const values = Float32Array.from({ length: 10_000 }, (_, index) => (index % 100 < 50 ? 0 : 1));
  values[0] = 1e6;
  expect(renderHalfBlocks({ width: 100, height: 100, values }, 100)).toContain("38;5;255;48;5;255m");
});

it("draws an even picture, and one with gaps, without fail", () => {
  expect(renderHalfBlocks({ width: 2, height: 2, values: [5, 5, 5, 5] }, 2)).toContain("▀");
  expect(renderHalfBlocks({ width: 2, height: 2, values: [Number.NaN, 5, 5, 5] }, 2)).toContain("▀");
});
