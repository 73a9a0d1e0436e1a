import type { ApplicationForm, FieldCondition, FormField } from "../model/index.js";
import { parseFlag } from "./parameter-values.js";

/** A JSON document. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = Readonly<Record<string, Json>>;

/**
 * A form as JSON Schema 2020-12, for programs that check or show forms. Values have their own types there: numbers, true and
 * false, lists of files; `encodeFormValues` makes of them what a submit takes. `x-type` is the field's type, `x-hidden` marks
 * what isn't worth a place in a dialog, `x-expects` says a pattern in words; the order of fields is that of `properties`.
 */
export function renderFormSchema(form: ApplicationForm): JsonObject {
  const byId = new Map(form.fields.map((field) => [field.id, field]));
  const conditional = form.fields.filter(({ when = [] }) => when.length > 0);
  const files = form.fields.filter(({ type }) => type === "file");
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: form.label,
    ...(form.documentation !== "" && { description: form.documentation }),
    type: "object",
    properties: Object.fromEntries(form.fields.map((field) => [field.id, renderField(field)])),
    // IBM's lsf_faas numbers the fields of further files.
    ...(files.length > 0 && {
      patternProperties: Object.fromEntries(files.map(({ id }) => [`^\\d+${id}$`, { type: "string" }])),
    }),
    ...(form.complete && { additionalProperties: false }),
    required: form.fields
      .filter((field) => isRequired(field) && field.when === undefined)
      .map(({ id }) => id),
    ...(conditional.length > 0 && {
      allOf: conditional.flatMap((field) => renderConditions(field, byId)),
    }),
  };
}

/**
 * Values of a form's own types as the texts that a submit takes: true → `Y`, 8 → `8`, a list of files → `a,upload;/b,copy`.
 * `null` and `undefined` count as not given.
 */
export function encodeFormValues(values: Readonly<Record<string, unknown>>): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [id, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue;
    texts[id] = Array.isArray(value) ? value.map(encodeValue).join(";") : encodeValue(value);
  }
  return texts;
}

function encodeValue(value: unknown): string {
  return typeof value === "boolean" ? (value ? "Y" : "N") : String(value);
}

function isRequired({ mandatory, defaultValue }: FormField): boolean {
  return mandatory && defaultValue === "";
}

function renderField(field: FormField): JsonObject {
  const { label, documentation, defaultValue, hidden, expects } = field;
  return {
    title: label,
    ...(documentation !== "" && { description: documentation }),
    ...renderType(field),
    ...(defaultValue !== "" && { default: decodeDefault(field) }),
    "x-type": field.type,
    ...(hidden && { "x-hidden": true }),
    ...(expects !== undefined && { "x-expects": expects }),
  };
}

function renderType(field: FormField): JsonObject {
  const { type, choices = [], min, max, pattern, mandatory, several } = field;
  switch (type) {
    case "integer":
    case "number":
      return { type, ...(min !== undefined && { minimum: min }), ...(max !== undefined && { maximum: max }) };
    case "flag":
      return { type: "boolean" };
    case "choice":
      return { enum: choices };
    default: {
      const text: JsonObject = {
        type: "string",
        ...(pattern !== undefined && { pattern: `^(?:${pattern})$` }),
        ...(mandatory && pattern === undefined && { pattern: "\\S" }),
      };
      return several
        ? { anyOf: [text, { type: "array", items: text, ...(mandatory && { minItems: 1 }) }] }
        : text;
    }
  }
}

function decodeDefault({ type, defaultValue }: FormField): Json {
  if (type === "flag") return parseFlag(defaultValue) === true;
  return type === "integer" || type === "number" ? Number(defaultValue) : defaultValue;
}

/** `else` serves both ways: an object with a key `then` would pass for a promise. */
function renderConditions(field: FormField, byId: ReadonlyMap<string, FormField>): readonly JsonObject[] {
  const applies = { allOf: (field.when ?? []).map((condition) => renderCondition(condition, byId)) };
  const absent = { if: applies, else: { properties: { [field.id]: false } } };
  return isRequired(field) ? [absent, { if: { not: applies }, else: { required: [field.id] } }] : [absent];
}

/** Absent values count as their defaults. */
function renderCondition(
  { field: id, is }: FieldCondition,
  byId: ReadonlyMap<string, FormField>,
): JsonObject {
  const field = byId.get(id);
  if (field === undefined) return { not: {} };
  const decoded = (text: string) => decodeDefault({ ...field, defaultValue: text });
  const wanted = field.type === "flag" && is === undefined ? [true] : is?.map(decoded);
  const byDefault = field.type === "flag" && field.defaultValue === "" ? false : decoded(field.defaultValue);
  const holdsWhenAbsent =
    wanted === undefined ? field.defaultValue !== "" : wanted.some((value) => value === byDefault);
  return {
    ...(wanted !== undefined && { properties: { [id]: { enum: wanted } } }),
    ...(wanted === undefined && { properties: { [id]: { not: { const: "" } } } }),
    ...(!holdsWhenAbsent && { required: [id] }),
  };
}
