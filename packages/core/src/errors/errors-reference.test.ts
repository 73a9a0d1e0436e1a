import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import * as errors from "./index.js";
import { errorCodes } from "./index.js";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

interface Entry {
  readonly code: string;
  readonly facts: string;
  readonly text: string;
}

/** Entries of the reference: a heading with the code, a line of facts, and the text below. */
function readEntries(markdown: string): readonly Entry[] {
  return markdown
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [heading = "", ...lines] = section.split("\n");
      const [facts = "", ...text] = lines.filter((line) => line.trim() !== "");
      return { code: heading.replaceAll("`", "").trim(), facts, text: text.join("\n") };
    });
}

const codes = Object.entries(errorCodes);

describe("docs/reference/errors.md and the table of codes", () => {
  let entries: readonly Entry[];
  beforeAll(async () => {
    entries = readEntries(await readFile(`${root}docs/reference/errors.md`, "utf8"));
  });

  it("have the same codes, each once, in the same order", () => {
    expect(entries.map(({ code }) => code)).toEqual(codes.map(([code]) => code));
  });

  it.each(codes)("agree about class, status, exit code and retry of %s", (code, row) => {
    const retry = {
      no: "no",
      later: "later",
      "after-login": "after log-in",
      "same-submit-key": "with the same submit key",
      resume: "yes, it is taken up",
    }[row.retry];
    const facts = `${row.errorClass} · HTTP ${row.httpStatus} · exit code ${row.exitCode} · try again: ${retry}`;
    expect(entries.find((entry) => entry.code === code)?.facts).toBe(facts);
  });

  it.each(codes)("tell of %s what you see, why, and what to do", (code) => {
    const text = entries.find((entry) => entry.code === code)?.text ?? "";
    for (const label of ["**You see**", "**Cause**", "**What to do**"]) expect(text).toContain(label);
    expect(text.length).toBeGreaterThan(150);
  });
});

describe("the table", () => {
  it("names for each code a class that is exported, and each class has a code", () => {
    const classes = Object.keys(errors).filter(
      (name) => name.endsWith("Error") && name !== "ScarfError" && /^[A-Z]/.test(name),
    );
    const named = new Set<string>(codes.map(([, { errorClass }]) => errorClass));
    expect([...named].sort()).toEqual(classes.sort());
  });

  it("has no exit code of a shell or a success, and only statuses of failures", () => {
    for (const [, { exitCode, httpStatus }] of codes) {
      expect(exitCode === 130 || (exitCode >= 1 && exitCode < 126)).toBe(true);
      expect(httpStatus).toBeGreaterThanOrEqual(400);
    }
  });
});

describe("an error", () => {
  it("keeps its code, hint, context and cause, and knows its status", () => {
    const cause = new Error("below");
    const error = new errors.SpecError("SPEC_REJECTED", "no", {
      hint: "less",
      context: { queue: "q" },
      cause,
    });
    expect(error).toMatchObject({
      name: "SpecError",
      hint: "less",
      context: { queue: "q" },
      httpStatus: 422,
      exitCode: 65,
    });
    expect(error.cause).toBe(cause);
    expect("cause" in new errors.SpecError("SPEC_REJECTED", "no")).toBe(false);
  });

  it("is known across copies of the package, and nothing else is", () => {
    expect(errors.isScarfError(Object.assign(new Error("x"), { code: "ABORTED", hint: undefined }))).toBe(
      true,
    );
    expect(errors.isScarfError(Object.assign(new Error("x"), { code: "ENOENT", hint: "" }))).toBe(false);
    expect(errors.isScarfError(Object.assign(new Error("x"), { code: "toString", hint: "" }))).toBe(false);
    expect(errors.isScarfError({ code: "ABORTED", hint: "" })).toBe(false);
  });
});
