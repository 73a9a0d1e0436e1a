import { parse } from "smol-toml";
import * as z from "zod/mini";
import { ConfigError } from "../errors/index.js";
import { type ApplicationTemplate, templateSchema } from "./application-template.js";
import { findTemplateProblems } from "./check-template.js";

const checkedSchema = templateSchema.check((context) => {
  for (const { path, message } of findTemplateProblems(context.value))
    context.issues.push({ code: "custom", input: context.value, path: [...path], message });
});

/**
 * Reads the declaration of one application.
 * @throws {ConfigError} `CONFIG_INVALID`: one line per mistake, `FILE:LINE: what is wrong`.
 */
export function parseTemplate(text: string, file: string): ApplicationTemplate {
  const result = z.safeParse(checkedSchema, parse(text));
  if (result.success) return result.data;
  throw new ConfigError(
    "CONFIG_INVALID",
    result.error.issues.map((i) => `${file}:1: ${i.path.join(".")} ${i.message}`).join("\n"),
  );
}
