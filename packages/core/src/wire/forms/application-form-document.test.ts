import { expect, it } from "vitest";
import type { ApplicationForm } from "../../model/index.js";
import { parseApplicationForm, renderApplicationForm } from "./application-form-document.js";

const form: ApplicationForm = {
  application: "recon",
  label: "Réconstruct </script>",
  documentation: "",
  complete: true,
  fields: [
    {
      id: "LIMITS",
      label: "Limits",
      type: "text",
      documentation: "LOW:HIGH",
      defaultValue: "",
      mandatory: false,
      hidden: false,
      several: false,
      pattern: String.raw`\d+:\d+`,
      when: [{ field: "TYPE", is: ["uint16"] }, { field: "X" }],
    },
  ],
};

it("a form arrives as it was", () => {
  expect(parseApplicationForm(renderApplicationForm(form))).toEqual(form);
});

it.each([
  ["", "no document"],
  ["<AppParams/>", "XML"],
  ["null", "nothing"],
  [JSON.stringify({ ...form, fields: "x" }), "no list"],
  [JSON.stringify({ ...form, fields: [{ ...form.fields[0], type: "exec" }] }), "a type that nobody knows"],
  [JSON.stringify({ ...form, fields: [{ ...form.fields[0], pattern: "(" }] }), "a pattern that is none"],
])("%s: %s", (text) => {
  expect(() => parseApplicationForm(text)).toThrow("The answer is no form of an application.");
});
