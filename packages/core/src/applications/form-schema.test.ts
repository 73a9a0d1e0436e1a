import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import type { ApplicationForm, FormField } from "../model/index.js";
import { ApplicationCatalogue } from "./application-catalogue.js";
import { fillForm } from "./fill-form.js";
import { encodeFormValues, renderFormSchema } from "./form-schema.js";

const catalogue = await ApplicationCatalogue.load();
const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
for (const keyword of ["x-type", "x-hidden", "x-expects"]) ajv.addKeyword(keyword);

it("every built-in form is a valid schema; its parts say what the fields say", () => {
  for (const name of catalogue.names())
    expect(ajv.validateSchema(renderFormSchema(catalogue.form(name)))).toBe(true);
  expect(renderFormSchema(catalogue.form("recon"))).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Reconstruct a tomographic scan",
    additionalProperties: false,
    required: ["INPUT"],
    properties: {
      CENTRE: { type: "string", default: "auto", "x-expects": "auto or a number of pixels, e.g. 511.5" },
      RINGS: { type: "integer", minimum: 3 },
      FIX_NAN: { type: "boolean" },
      TYPE: { enum: ["float32", "uint16"] },
    },
    allOf: [
      {
        if: { allOf: [{ properties: { TYPE: { enum: ["uint16"] } }, required: ["TYPE"] }] },
        else: { properties: { LIMITS: false } },
      },
    ],
  });
});

/** Values of a field's own type, right and wrong ones. */
function valuesOf({ type, choices = [], id, several }: FormField): fc.Arbitrary<unknown> {
  if (type === "flag") return fc.boolean();
  if (type === "choice") return fc.constantFrom(...choices, "no such choice");
  if (type === "integer") return fc.constantFrom(-1, 0, 1, 3, 12, 2.5);
  if (type === "number") return fc.constantFrom(-1, 0, 0.5, 3);
  if (several) return fc.constantFrom("/a,path", ["/a,copy", "/b,link"]);
  const fitting: Readonly<Record<string, string>> = {
    LIMITS: "0:0.02",
    ROWS: "1:2",
    CENTRE: "511.5",
    MEMORY: "4G",
  };
  return fc.constantFrom(fitting[id] ?? "text", "other: text", "12");
}

const plain = { documentation: "", defaultValue: "", mandatory: false, hidden: false, several: false };
const conditional: ApplicationForm = {
  application: "conditional",
  label: "Fields of every kind of condition",
  documentation: "",
  complete: true,
  fields: [
    {
      ...plain,
      id: "METHOD",
      label: "Method",
      type: "choice",
      choices: ["fbp", "sirt"],
      defaultValue: "fbp",
    },
    { ...plain, id: "MASK", label: "Mask", type: "flag" },
    {
      ...plain,
      id: "ITERATIONS",
      label: "Iterations",
      type: "integer",
      min: 1,
      mandatory: true,
      when: [{ field: "METHOD", is: ["sirt"] }],
    },
    { ...plain, id: "WINDOW", label: "Window", type: "text", when: [{ field: "METHOD", is: ["fbp"] }] },
    { ...plain, id: "RADIUS", label: "Radius", type: "number", when: [{ field: "MASK" }] },
    {
      ...plain,
      id: "LOG",
      label: "Log",
      type: "path",
      when: [{ field: "RADIUS" }, { field: "MASK", is: ["Y"] }],
    },
  ],
};
const forms = [...catalogue.names().map((name) => catalogue.form(name)), conditional];

it.each(forms)("a value passes the schema of $application just when a submit takes it", (form) => {
  const validate = ajv.compile(renderFormSchema(form));
  const filled = fc.record(Object.fromEntries(form.fields.map((field) => [field.id, valuesOf(field)])), {
    requiredKeys: [],
  });
  let passed = 0;
  fc.assert(
    fc.property(filled, fc.subarray([...form.fields]), fc.boolean(), (all, kept, extra) => {
      const values: Record<string, unknown> = {};
      for (const { id, mandatory } of form.fields)
        if (id in all && (mandatory || kept.some((field) => field.id === id))) values[id] = all[id];
      if (extra && kept.length % 5 === 0) values["NO_SUCH_FIELD"] = "x";
      const { problems } = fillForm(form, encodeFormValues(values));
      expect({ values, ok: validate(values) }).toEqual({ values, ok: problems.length === 0 });
      if (problems.length === 0) passed += 1;
    }),
    { numRuns: 300 },
  );
  expect(passed).toBeGreaterThan(0);
});

it("typed values become the texts of a submit", () => {
  expect(
    encodeFormValues({ A: true, B: false, C: 8, D: ["a,upload", "/b,copy"], E: null, F: undefined, G: "x" }),
  ).toEqual({
    A: "Y",
    B: "N",
    C: "8",
    D: "a,upload;/b,copy",
    G: "x",
  });
});
