import { expect, it } from "vitest";
import { remoteFileName } from "./remote-file-name.js";

it.each([
  ["417666.output", "417666.output"],
  ["417666.output*", "417666.output"],
  ["PAC Server*/home/isisg/scarf362/J_1423743450375PtlPj/417666.output*FILE*1145*true", "417666.output"],
  [String.raw`PAC Server*C:\jobs\J\417666.output*FILE*1145*true`, "417666.output"],
  ["/home/isisg/scarf362/J/417666.output", "417666.output"],
  ["slices/recon_00000.tif", "slices/recon_00000.tif"],
  [" a b.txt ", "a b.txt"],
])("Mantid failed on a plain name: %j is the file %j here", (text, name) => {
  expect(remoteFileName(text)).toBe(name);
});
