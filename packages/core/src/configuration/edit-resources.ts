import { mkdir, realpath, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { stringify } from "smol-toml";
import * as z from "zod/mini";
import { ConfigError } from "../errors/index.js";
import { nearNames } from "../errors/near-names.js";
import { mapFileError } from "../transfers/map-file-error.js";
import { writeFileAtomically } from "../transfers/write-file-atomically.js";
import { parseConfiguration, parseToml, readConfigurationText } from "./read-configuration.js";
import { type ResourceDefinition, resourcesSchema } from "./resource-definitions.js";
import { findDefinitionProblems } from "./find-definition-problems.js";
import { cutResource } from "./cut-resource.js";

/**
 * Adds a resource to a configuration file (made if it isn't there). Everything else in it, comments included, stays as it is.
 * @throws {ConfigError} `CONFIG_INVALID`: the definition or the file is wrong, or has a resource of that name and `replace` is not set.
 */
export async function addResource(
  configFile: string,
  id: string,
  definition: ResourceDefinition,
  { replace = false }: { readonly replace?: boolean } = {},
): Promise<void> {
  const block = stringify({ resources: { [id]: definition } });
  parseConfiguration(block, `resource ${id}`, z.strictObject({ resources: resourcesSchema }), {
    findProblems: () => findDefinitionProblems(definition, ["resources", id]),
  });
  const text = await readConfigurationText(configFile, "empty");
  const before = resourcesOf(text, configFile);
  if (Object.hasOwn(before, id) && !replace)
    throw new ConfigError("CONFIG_INVALID", `${configFile}: there is a resource ${id} already`, {
      hint: "Choose another name, or replace it.",
      context: { file: configFile, resource: id },
    });
  const rest = cutResource(text, id);
  const gap = rest.trim() === "" ? "" : rest.endsWith("\n") ? "\n" : "\n\n";
  await save(configFile, text, `${rest}${gap}${withoutEmptyParent(block)}`, { ...before, [id]: definition });
}

/**
 * Takes a resource out of a configuration file.
 * @throws {ConfigError} `RESOURCE_UNKNOWN`: it has none of that name.
 */
export async function removeResource(configFile: string, id: string): Promise<void> {
  const text = await readConfigurationText(configFile, "empty");
  const { [id]: removed, ...others } = resourcesOf(text, configFile);
  if (removed === undefined) {
    const near = nearNames(id, Object.keys(others))[0];
    throw new ConfigError("RESOURCE_UNKNOWN", `${configFile} has no resource ${id}.`, {
      hint: near === undefined ? "`scarf resource list` shows those it has." : `Did you mean ${near}?`,
      context: { file: configFile, resource: id },
    });
  }
  await save(configFile, text, cutResource(text, id), others);
}

function resourcesOf(text: string, fileName: string): Readonly<Record<string, unknown>> {
  const { resources = {} } = parseToml(text, fileName);
  return Object.fromEntries(
    Object.entries(typeof resources === "object" && resources !== null ? resources : {}),
  );
}

/** Text edits of TOML can go wrong in ways nobody thought of, so the result is read before it replaces the file. */
async function save(
  configFile: string,
  before: string,
  after: string,
  resources: Readonly<Record<string, unknown>>,
): Promise<void> {
  const isAsMeant = (): boolean => {
    const { resources: _old, ...expected } = parseToml(before, configFile);
    const { resources: found = {}, ...rest } = parseToml(after, configFile);
    return (
      isDeepStrictEqual(plain(found), plain(resources)) && isDeepStrictEqual(plain(rest), plain(expected))
    );
  };
  let good = false;
  try {
    good = isAsMeant();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
  }
  if (!good)
    throw new ConfigError(
      "CONFIG_INVALID",
      `${configFile}: the way its resources are written cannot be changed by a program`,
      {
        hint: "Nothing was changed. Edit the file with an editor.",
        context: { file: configFile },
      },
    );
  try {
    await mkdir(dirname(configFile), { recursive: true });
    // A link to the file (as dot-file managers make) stays a link.
    const target = await realpath(configFile).catch(() => configFile);
    const mode = await stat(target).then(
      (found) => found.mode & 0o777,
      () => 0o600,
    );
    await writeFileAtomically(target, after, { mode });
  } catch (error) {
    throw mapFileError(error, configFile, "write");
  }
}

/** The parser makes objects without prototype, and dates that compare by identity. */
function plain(value: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  return copy;
}

/** `stringify` writes an empty `[resources]` above the table, which a file may have once only. */
function withoutEmptyParent(block: string): string {
  return block.replace(/^\[resources\]\n+(?=\[)/, "");
}
