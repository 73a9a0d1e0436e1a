import { expect, it } from "vitest";
import { maskSecret } from "./mask-secret.js";

it.each([
  ["as it is", "pass\t😀word"],
  ["JSON with its short escapes", String.raw`pass\t😀word`],
  ["JSON in ASCII, as Python writes it", String.raw`pass\t\ud83d\ude00word`],
  ["a form", "pass%09%F0%9F%98%80word"],
])("finds a secret in %s", (_, spelt) => {
  expect(maskSecret(`said ${spelt}.`, "pass\t😀word")).toBe("said ….");
});
