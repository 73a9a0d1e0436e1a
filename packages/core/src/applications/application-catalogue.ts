import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError, isScarfError, SpecError } from "../errors/index.js";
import type { ApplicationForm, ApplicationTask, Attachment, JobSpec } from "../model/index.js";
import { describeForm } from "./application-form.js";
import type { ApplicationTemplate } from "./application-template.js";
import { expandApplication } from "./expand-application.js";
import { joinSpecFields } from "./job-targets.js";
import { nearNames } from "../errors/near-names.js";
import { readTemplate } from "./read-template.js";

/** The applications that come with this package. */
const builtInDirectory = fileURLToPath(new URL("../../applications/", import.meta.url));

/** An application whose file has mistakes: it can't be used, and the others don't suffer. */
export interface BrokenApplication {
  readonly name: string;
  readonly file: string;
  /** One line per mistake, `FILE:LINE: what is wrong`. */
  readonly reason: string;
}

type Entry = { readonly file: string } & (
  | { readonly template: ApplicationTemplate }
  | { readonly reason: string }
);

/**
 * The applications that a site offers: forms that become jobs. Each is one TOML file (`docs/reference/applications.md`);
 * a site adds one, or replaces a built-in one, by dropping a file into a folder.
 */
export class ApplicationCatalogue {
  readonly #entries: ReadonlyMap<string, Entry>;

  private constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
  }

  /**
   * Reads the built-in applications and then those of the given folders (files `*.toml`). Where two folders have an
   * application of the same name, the later folder's counts, even if it has mistakes: a site's version is never
   * replaced by another behind its back.
   * @throws {ConfigError} `CONFIG_INVALID`: a folder can't be read. Mistakes in files don't throw; see `broken`.
   */
  static async load(directories: readonly string[] = []): Promise<ApplicationCatalogue> {
    const entries = new Map<string, Entry>();
    for (const directory of [builtInDirectory, ...directories])
      for (const [name, entry] of await readDirectory(directory)) entries.set(name, entry);
    return new ApplicationCatalogue(entries);
  }

  /** Names of the usable applications, sorted. */
  names(): readonly string[] {
    return [...this.#entries].flatMap(([name, entry]) => ("template" in entry ? [name] : [])).sort();
  }

  /** Applications whose files have mistakes, sorted by name. */
  broken(): readonly BrokenApplication[] {
    return [...this.#entries]
      .flatMap(([name, entry]) =>
        "reason" in entry ? [{ name, file: entry.file, reason: entry.reason }] : [],
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /**
   * @throws {SpecError} `APPLICATION_UNKNOWN`, with near names.
   * @throws {ConfigError} `CONFIG_INVALID`: its file has mistakes.
   */
  get(name: string): ApplicationTemplate {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw this.#unknown(name);
    if ("template" in entry) return entry.template;
    throw new ConfigError("CONFIG_INVALID", `Application ${name} can't be used: ${entry.reason}`, {
      hint: `Correct ${entry.file}.`,
      context: { application: name, file: entry.file },
    });
  }

  /** The fields of an application, for dialogs and PAC's `appParams`. Throws like `get`. */
  form(name: string): ApplicationForm {
    return describeForm(this.get(name));
  }

  /**
   * Turns a filled-in form into a job. Throws like `get`, and:
   * @throws {SpecError} `SPEC_INVALID`: names the field and says what it takes.
   */
  expand(task: ApplicationTask, attachments: readonly Attachment[] = []): JobSpec {
    return expandApplication(this.get(task.application), task, attachments);
  }

  /** `expand` for a whole spec. What the spec says beside the form (name, queue …) counts more than the form. Other tasks pass unchanged. */
  expandSpec(spec: JobSpec): JobSpec {
    if (spec.task.kind !== "application") return spec;
    const expanded = this.expand(spec.task, spec.attachments);
    return { ...joinSpecFields(expanded, spec), task: expanded.task };
  }

  #unknown(name: string): SpecError {
    const near = nearNames(name, this.names());
    return new SpecError(
      "APPLICATION_UNKNOWN",
      `There is no application called ${JSON.stringify(name)} here.`,
      {
        hint:
          near.length > 0
            ? `Did you mean ${near.join(" or ")}?`
            : `The applications are ${this.names().join(", ")}.`,
        context: { application: name },
      },
    );
  }
}

async function readDirectory(directory: string): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const fileName of await listTemplates(directory)) {
    const file = join(directory, fileName);
    const [name, entry] = await readEntry(file);
    const twin = entries.get(name);
    entries.set(
      name,
      twin === undefined
        ? entry
        : { file, reason: `${file}:1: ${twin.file} declares ${name} already, in the same folder` },
    );
  }
  return entries;
}

async function readEntry(file: string): Promise<readonly [string, Entry]> {
  try {
    const template = await readTemplate(file);
    return [template.name, { file, template }];
  } catch (error) {
    if (!isScarfError(error)) throw error;
    return [await guessName(file), { file, reason: error.message }];
  }
}

/** The name that a file with mistakes declares, if it can be seen, so that a site's broken version hides the built-in one. */
async function guessName(file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch(() => "");
  return /^\s*name\s*=\s*["']([A-Za-z0-9_.-]+)["']/m.exec(text)?.[1] ?? basename(file, ".toml");
}

async function listTemplates(directory: string): Promise<readonly string[]> {
  try {
    const names = await readdir(directory);
    return names.filter((name) => name.endsWith(".toml") && !name.startsWith(".")).sort();
  } catch (cause) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `The folder of applications ${directory} can't be read: ${describe(cause)}`,
      {
        hint: "Create the folder, or take it out of the configuration.",
        context: { directory },
        cause,
      },
    );
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
