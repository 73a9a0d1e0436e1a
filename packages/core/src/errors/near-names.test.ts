import { expect, it } from "vitest";
import { nearNames } from "./near-names.js";

it.each([
  ["prot", ["port", "host"], ["port"]],
  ["scarf@stfc", ["local", "SCARF@STFC"], ["SCARF@STFC"]],
  ["connectSecond", ["connectSeconds", "idleSeconds"], ["connectSeconds"]],
  ["gateway", ["my-gateway", "other"], ["my-gateway"]],
  ["slot", ["slots", "slow", "workspace"], ["slots", "slow"]],
  ["xyz", ["port", "host"], []],
  ["", ["port"], []],
  ["port", [], []],
])("%j among %j means %j", (wanted, known, expected) => {
  expect(nearNames(wanted, known)).toEqual(expected);
});
