import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isScarfError } from "../errors/index.js";
import { fuzzRuns } from "../testing/fuzz-runs.js";
import { anyText, word } from "../wire/testing/arbitraries.js";
import type { ApplicationTemplate } from "./application-template.js";
import { expandApplication } from "./expand-application.js";
import { parsePlaceholders } from "./placeholders.js";

const value = anyText.filter((text) => !text.includes("\0") && text.trim() !== "");

function template(task: Pick<ApplicationTemplate, "shell" | "command" | "script">): ApplicationTemplate {
  return {
    name: "t",
    label: "T",
    parameters: ["A", "B"].map((id) => ({ id, type: "text", label: id })),
    ...task,
  };
}

function expand(of: ApplicationTemplate, values: Readonly<Record<string, string>>) {
  return expandApplication(of, { kind: "application", application: "t", parameters: values }).task;
}

describe("templates of applications", () => {
  it("a command gets every value as one argument, whatever it holds", () => {
    fc.assert(
      fc.property(value, value, (a, b) => {
        const task = expand(template({ command: ["p", "{{A}}", "--b={{B}}", "{{A:json}}"] }), { A: a, B: b });
        expect(task).toEqual({ kind: "command", argv: ["p", a, `--b=${b}`, JSON.stringify(a)] });
      }),
      fuzzRuns(),
    );
  });

  it("a shell sees every value as the one word it is; nothing in it is executed or expanded", () => {
    const pairs = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(pairs, (all) => {
        const values = all.map(
          ([a, b]) => [a.replaceAll(/\p{Surrogate}/gu, "?"), b.replaceAll(/\p{Surrogate}/gu, "?")] as const,
        );
        for (const kind of ["shell", "script"] as const) {
          const lines = values.map(([a, b]) => {
            const task = expand(template({ [kind]: "printf '%s\\0' x{{A}} {{B}}y -- {{A}}" }), {
              A: a,
              B: b,
            });
            return task.kind === "shell" ? task.commandLine : task.kind === "script" ? task.text : "";
          });
          const said = execFileSync("/bin/sh", ["-c", lines.join("\n")], { encoding: "utf8" })
            .split("\0")
            .slice(0, -1);
          expect(said).toEqual(values.flatMap(([a, b]) => [`x${a}`, `${b}y`, "--", a]));
        }
      }),
      { numRuns: Math.ceil(fuzzRuns(0.001).numRuns / 8) },
    );
  });

  it("any form is expanded or refused with the field's name", () => {
    const form = fc.dictionary(
      fc.oneof(
        word,
        fc.constantFrom("A", "B", "JOB_NAME", "EXTRA_PARAMS", "INPUT_FILE", "__proto__", "0A", "QUEUE"),
      ),
      anyText,
      { maxKeys: 4 },
    );
    const types = fc.constantFrom(
      "text" as const,
      "integer" as const,
      "number" as const,
      "flag" as const,
      "path" as const,
      "file" as const,
      "program" as const,
      "arguments" as const,
    );
    fc.assert(
      fc.property(form, types, (values, type) => {
        const of: ApplicationTemplate = {
          name: "t",
          label: "T",
          shell: "x {{A}}",
          parameters: [{ id: "A", type, label: "a" }],
        };
        try {
          expect(["shell", "command", "script"]).toContain(expand(of, values).kind);
        } catch (error) {
          expect(isScarfError(error) && error.code.startsWith("SPEC_")).toBe(true);
        }
      }),
      fuzzRuns(0.4),
    );
  });

  it("text around placeholders stays as it is", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const again = parsePlaceholders(text).map((part) =>
          typeof part === "string" ? part : `{{${part.id}${part.style === "plain" ? "" : `:${part.style}`}}}`,
        );
        expect(again.join("")).toBe(text);
      }),
      fuzzRuns(),
    );
  });
});
