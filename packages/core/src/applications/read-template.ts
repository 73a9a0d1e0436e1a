import { readConfiguration } from "../configuration/read-configuration.js";
import { type ApplicationTemplate, templateSchema } from "./application-template.js";
import { findTemplateProblems } from "./check-template.js";

/**
 * Reads the file that declares one application.
 * @throws {ConfigError} `CONFIG_INVALID`: one line per mistake, `FILE:LINE: what is wrong`.
 */
export async function readTemplate(file: string): Promise<ApplicationTemplate> {
  return readConfiguration(file, templateSchema, { findProblems: findTemplateProblems });
}
