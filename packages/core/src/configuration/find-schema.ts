import { core } from "zod/mini";
import { isRecord } from "./is-record.js";
import type { TomlPath } from "./toml-positions.js";

type Schema = core.$ZodType;

/** The part of a schema that describes what stands at `path`; the value chooses among the options of a union. */
export function findSchema(schema: Schema, path: TomlPath, value: unknown): Schema | undefined {
  let at = unwrap(schema, value);
  let here = value;
  for (const part of path) {
    here = isRecord(here) ? here[part] : undefined;
    at = at === undefined ? undefined : unwrap(childOf(at, part), here);
  }
  return at;
}

/** Keys that a table described by this schema may have. */
export function knownKeys(schema: Schema | undefined): readonly string[] {
  return schema instanceof core.$ZodObject ? Object.keys(schema._zod.def.shape) : [];
}

function childOf(schema: Schema, part: string | number): Schema | undefined {
  if (schema instanceof core.$ZodObject) return schema._zod.def.shape[part];
  if (schema instanceof core.$ZodRecord) return schema._zod.def.valueType;
  return schema instanceof core.$ZodArray ? schema._zod.def.element : undefined;
}

/** Looks through optional, default, pipe and union to what describes the value itself. */
function unwrap(schema: Schema | undefined, value: unknown): Schema | undefined {
  if (schema instanceof core.$ZodOptional || schema instanceof core.$ZodDefault)
    return unwrap(schema._zod.def.innerType, value);
  if (schema instanceof core.$ZodPipe) return unwrap(schema._zod.def.in, value);
  if (schema instanceof core.$ZodDiscriminatedUnion) {
    const { options, discriminator } = schema._zod.def;
    const wanted = isRecord(value) ? value[discriminator] : undefined;
    return options.find((option) =>
      [...(option._zod.propValues?.[discriminator] ?? [])].some((one) => one === wanted),
    );
  }
  return schema instanceof core.$ZodUnion ? unwrap(schema._zod.def.options[0], value) : schema;
}
