import { describe, expect, it } from "vitest";
import { formError } from "./read-form.js";
import type { ApplicationForm, FormField } from "../model/index.js";
import { fillForm } from "./fill-form.js";

const field = (id: string, more: Partial<FormField> = {}): FormField => ({
  id,
  label: id.toLowerCase(),
  type: "text",
  documentation: "",
  defaultValue: "",
  mandatory: false,
  hidden: false,
  several: false,
  ...more,
});

const form = (fields: readonly FormField[], complete = true): ApplicationForm => ({
  application: "app",
  label: "App",
  documentation: "",
  fields,
  complete,
});

const method = field("METHOD", { type: "choice", choices: ["fbp", "sirt"], defaultValue: "fbp" });
const iterations = field("ITERATIONS", {
  type: "integer",
  min: 1,
  mandatory: true,
  when: [{ field: "METHOD", is: ["sirt"] }],
});

describe("a filled-in form", () => {
  it("tells everything that is wrong at once", () => {
    const { problems, values } = fillForm(form([field("A", { mandatory: true }), method]), {
      METHOD: "x",
      METHD: "sirt",
    });
    expect(problems).toEqual([
      { field: "METHD", message: "is not one of its fields", hint: "Did you mean METHOD?" },
      { field: "A", message: "(a) must be given" },
      { field: "METHOD", message: 'must be one of fbp, sirt, not "x"' },
    ]);
    expect([...values]).toEqual([]);
  });

  it("takes a field that a service did not tell, where the form is not complete", () => {
    expect(fillForm(form([method], false), { SITE_OWN: "x" }).problems).toEqual([]);
  });

  it("demands a mandatory field only while its condition holds", () => {
    const both = form([method, iterations]);
    expect(fillForm(both, {}).problems).toEqual([]);
    expect(fillForm(both, { METHOD: "sirt" }).problems).toEqual([
      { field: "ITERATIONS", message: "(iterations) must be given" },
    ]);
    expect([...fillForm(both, { METHOD: "sirt", ITERATIONS: "30" }).values]).toEqual([
      ["METHOD", "sirt"],
      ["ITERATIONS", "30"],
    ]);
  });

  it("refuses a value that would be dropped in silence", () => {
    expect(fillForm(form([method, iterations]), { ITERATIONS: "30" }).problems).toEqual([
      { field: "ITERATIONS", message: "applies only when METHOD is sirt" },
    ]);
  });

  it("a field that does not apply has no default, and no value for others", () => {
    const chain = form([
      method,
      { ...iterations, mandatory: false, defaultValue: "100" },
      field("LOG", { when: [{ field: "ITERATIONS" }], defaultValue: "log.txt" }),
    ]);
    expect([...fillForm(chain, {}).values.keys()]).toEqual(["METHOD"]);
    expect([...fillForm(chain, { METHOD: "sirt" }).values.keys()]).toEqual(["METHOD", "ITERATIONS", "LOG"]);
  });

  it.each([
    ["yes", true],
    ["N", false],
    ["", false],
  ])("a condition on a flag looks at yes and no, whatever the word: %s", (word, applies) => {
    const flags = form([
      field("MASK", { type: "flag" }),
      field("RADIUS", { type: "number", when: [{ field: "MASK" }] }),
      field("WHOLE", { when: [{ field: "MASK", is: ["N"] }] }),
    ]);
    expect(fillForm(flags, { MASK: word, RADIUS: "1" }).problems).toHaveLength(applies ? 0 : 1);
    expect(fillForm(flags, { MASK: word, WHOLE: "x" }).problems).toHaveLength(applies ? 1 : 0);
  });

  it("survives a server's form whose conditions go in a circle or lead nowhere", () => {
    const circle = form([
      field("A", { when: [{ field: "B" }] }),
      field("B", { when: [{ field: "A" }] }),
      field("C", { when: [{ field: "NOWHERE" }] }),
    ]);
    expect(fillForm(circle, { C: "x" }).problems).toEqual([
      { field: "C", message: "applies only when NOWHERE is given" },
    ]);
    expect(fillForm(circle, { A: "x", B: "y" })).toBeDefined();
  });

  it("has no fields of Object", () => {
    expect(fillForm(form([field("toString", { mandatory: true })]), {}).problems).toHaveLength(1);
  });
});

it("tells of twenty mistakes in a form, and how many more there are", () => {
  const problems = Array.from({ length: 1000 }, (_, index) => ({
    field: `P${index}`,
    message: "is not one of its fields",
  }));
  const { message } = formError("generic", problems);
  expect(message).toMatch(
    /^1000 fields of application generic .*P19 is not one of its fields; and 980 more\.$/,
  );
});
