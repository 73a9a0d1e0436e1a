import { expect, it } from "vitest";
import { maskSecret, SecretMask } from "./mask-secret.js";

it.each([
  ["as it is", "pass\t😀word"],
  ["JSON with its short escapes", String.raw`pass\t😀word`],
  ["JSON in ASCII, as Python writes it", String.raw`pass\t\ud83d\ude00word`],
  ["a form", "pass%09%F0%9F%98%80word"],
])("finds a secret in %s", (_, spelt) => {
  expect(maskSecret(`said ${spelt}.`, "pass\t😀word")).toBe("said ….");
});

it("finds the secret that it is given now, not the one before", () => {
  const mask = new SecretMask();
  expect(mask.mask("first second", "first")).toBe("… second");
  expect(mask.mask("first second", "second")).toBe("first …");
  expect(mask.mask("first second first", "first")).toBe("… second …");
  expect(mask.mask("first second", "")).toBe("first second");
});
