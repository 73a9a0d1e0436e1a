import { execFileSync } from "node:child_process";
import { expect, it } from "vitest";
import { templateSchema } from "./application-template.js";
import { expandApplication } from "./expand-application.js";
import { hostileTexts } from "./testing/hostile-texts.js";

it.each(hostileTexts)("%j stays one literal of a Python script", (value) => {
  const template = templateSchema.parse({
    name: "t",
    label: "T",
    script: "#!/usr/bin/env python3\nprint({{A:json}}, end='')",
    parameters: [{ id: "A", type: "text", label: "A" }],
  });
  const { task } = expandApplication(template, {
    kind: "application",
    application: "t",
    parameters: { A: value },
  });
  if (task.kind !== "script") throw new Error("expected a script");
  expect(execFileSync("python3", ["-c", task.text], { encoding: "utf8" })).toBe(value);
});
