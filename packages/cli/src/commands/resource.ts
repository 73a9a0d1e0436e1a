import { resolve } from "node:path";
import { Command, Option } from "commander";
import type { ResourceDefinition } from "scarf-tomo";
import type { CommandContext } from "../command-context.js";
import { collect, parseCount } from "../format/parse-quantity.js";
import { runCommand } from "../run-command.js";
import { renderSafeLine } from "../terminal/safe-text.js";
import { renderTable } from "../terminal/table.js";
import { UsageError } from "../usage-error.js";

interface AddOptions {
  readonly kind: ResourceDefinition["kind"];
  readonly generation?: "auto" | "current" | "legacy";
  readonly login?: "logon" | "token-page" | "certificate" | "bearer";
  readonly tokenPage?: string;
  readonly tokenMethod?: "post" | "query";
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly passphraseFile?: string;
  readonly tokenFile?: string;
  readonly jwtKeyFile?: string;
  readonly sharedFolder?: string;
  readonly caFile?: string;
  readonly uploadDirectory?: string;
  readonly insecure?: boolean;
  readonly scripts?: "python" | "shell";
  readonly slots?: number;
  readonly path?: string[];
  readonly shared?: string[];
  readonly replace?: boolean;
}

/** `scarf resource …`: the compute resources that the configuration names. */
export function resourceCommand(): Command {
  const command = new Command("resource").description("the compute resources that scarf knows");
  command.addCommand(list(), { isDefault: true });
  for (const subcommand of [show(), add(), remove()]) command.addCommand(subcommand);
  return command;
}

function list(): Command {
  return new Command("list").description("list them").action((_options: object, command: Command) =>
    runCommand(command, async (context) => {
      const { configuration, paths } = await context.client();
      const defaultResource = await context.defaultResourceId();
      const rows = Object.entries(configuration.resources).map(([id, definition]) => ({
        id,
        kind: definition.kind,
        where: describePlace(definition),
        builtIn: !configuration.ownResources.includes(id),
      }));
      await context.output.result({ defaultResource, configFile: paths.configFile, resources: rows }, () =>
        renderTable(
          [
            { heading: "RESOURCE", whole: true },
            { heading: "KIND", whole: true },
            { heading: "WHERE" },
            { heading: "FROM" },
          ],
          rows.map(({ id, kind, where, builtIn }) => [
            id === defaultResource ? `${id} (default)` : id,
            kind,
            where,
            builtIn ? "built in" : "configuration",
          ]),
          context.output.columns,
        ),
      );
    }),
  );
}

function show(): Command {
  return new Command("show")
    .description("show one: where it is and what it can do")
    .argument("<name>", "name of the resource")
    .action((id: string, _options: object, command: Command) =>
      runCommand(command, async (context) => {
        const { configuration, sessions } = await context.client();
        const { capabilities } = sessions.resource(id);
        const definition = configuration.resources[id];
        await context.output.result({ id, definition, capabilities }, () => {
          const settings = Object.entries(definition ?? {}).map(
            ([key, value]) => `${key.padEnd(18)}${renderValue(value)}`,
          );
          const can = Object.entries(capabilities).map(([name, has]) => `  ${has ? "yes" : "no "}  ${name}`);
          return [id, ...settings, "What it can do (may be more once you are logged in):", ...can]
            .map(renderSafeLine)
            .join("\n");
        });
      }),
    );
}

function add(): Command {
  return new Command("add")
    .description(
      "Add a resource to your configuration.\n\n" +
        "  scarf resource add NAME https://HOST:8443/platform/\n" +
        "  scarf resource add NAME --kind local /data/workspace\n" +
        "  scarf resource add NAME --kind mantid-web https://HOST/MantidRemote\n" +
        "  scarf resource add NAME --kind slurm-rest https://HOST:6820\n" +
        "  scarf resource add NAME --kind slurm-cli HOST",
    )
    .summary("add one to your configuration")
    .argument("<name>", "what you call it")
    .argument(
      "<where>",
      "address of its web service, the socket of a slurm-rest one, the directory of a local one, or the host of a slurm-cli one (localhost = no ssh)",
    )
    .addOption(
      new Option("--kind <kind>", "what it is")
        .choices(["pac", "local", "mantid-web", "slurm-rest", "slurm-cli"])
        .default("pac"),
    )
    .addOption(
      new Option(
        "--generation <which>",
        "generation of the web service; auto = the newer one it has",
      ).choices(["auto", "current", "legacy"]),
    )
    .addOption(
      new Option(
        "--login <way>",
        "log in at the service itself, at a page that gives tokens as SCARF's, by a certificate, or by an access token",
      ).choices(["logon", "token-page", "certificate", "bearer"]),
    )
    .option("--token-page <url>", "address of that page")
    .addOption(
      new Option("--token-method <method>", "query puts the password into the address: avoid it").choices([
        "post",
        "query",
      ]),
    )
    .option("--cert-file <file>", "your certificate (PEM), in place of a password")
    .option("--key-file <file>", "its private key (PEM), which only you may read")
    .option("--passphrase-file <file>", "file with the passphrase of that key, which only you may read")
    .option("--token-file <file>", "file with your access token (OAuth2), which only you may read")
    .option("--ca-file <file>", "certificates (PEM) to trust besides the system's")
    .option("--upload-directory <directory>", "where uploads go when no directory is given")
    .option("--jwt-key-file <file>", "slurm-rest: the site's key, by which tokens are made for users")
    .option(
      "--shared-folder <path>",
      "slurm-rest: your directory on a folder shared with the nodes; {user} = the name",
    )
    .option(
      "--insecure",
      "mantid-web, slurm-rest: passwords or tokens may travel over plain http to another machine",
    )
    .addOption(
      new Option("--scripts <language>", "mantid-web: what the service runs scripts with").choices([
        "python",
        "shell",
      ]),
    )
    .option("--slots <count>", "local: cores that jobs may use", parseCount)
    .option("--path <directory>", "local: put before PATH for jobs; may be given several times", collect)
    .option(
      "--shared <directory>",
      "local, slurm-rest, slurm-cli: a directory that all users share; may be given several times",
      collect,
    )
    .option("--replace", "replace one of the same name")
    .action((id: string, where: string, options: AddOptions, command: Command) =>
      runCommand(command, (context) => addOne(context, id, where, options)),
    );
}

async function addOne(
  context: CommandContext,
  id: string,
  where: string,
  options: AddOptions,
): Promise<void> {
  const { addResource, clientPaths } = await import("scarf-tomo");
  const { configFile } = clientPaths();
  const definition = buildDefinition(where, options);
  await addResource(configFile, id, definition, { replace: options.replace === true });
  await context.output.result({ id, definition, configFile }, () => "");
  context.output.note(`Added ${id} to ${configFile}. Try it: scarf ping ${id}`);
}

function buildDefinition(where: string, options: AddOptions): ResourceDefinition {
  const given = Object.keys(options);
  const own = ownOptions[options.kind];
  const foreign = Object.values(ownOptions)
    .flat()
    .find((name) => given.includes(name) && !own.includes(name));
  if (foreign !== undefined)
    throw new UsageError(`${toFlag(foreign)} is not an option of a ${options.kind} resource.`);
  if (options.kind === "local") {
    return {
      kind: "local",
      workspace: resolve(where),
      ...(options.slots !== undefined && { slots: options.slots }),
      ...(options.path && { extraPath: options.path.map((path) => resolve(path)) }),
      ...(options.shared && { sharedDirectories: options.shared.map((path) => resolve(path)) }),
    };
  }
  if (options.kind === "mantid-web") {
    return {
      kind: "mantid-web",
      url: where,
      ...(options.caFile !== undefined && { caFile: resolve(options.caFile) }),
      ...(options.insecure !== undefined && { insecure: options.insecure }),
      ...(options.scripts && { scripts: options.scripts }),
    };
  }
  if (options.kind === "slurm-rest") {
    return {
      kind: "slurm-rest",
      ...(where.startsWith("/") ? { socket: where } : { url: where }),
      ...(options.tokenFile !== undefined && { tokenFile: resolve(options.tokenFile) }),
      ...(options.jwtKeyFile !== undefined && { jwtKeyFile: resolve(options.jwtKeyFile) }),
      ...(options.sharedFolder !== undefined && { sharedFolder: resolve(options.sharedFolder) }),
      ...(options.shared && { sharedDirectories: options.shared.map((path) => resolve(path)) }),
      ...(options.caFile !== undefined && { caFile: resolve(options.caFile) }),
      ...(options.insecure !== undefined && { insecure: options.insecure }),
    };
  }
  if (options.kind === "slurm-cli") {
    return {
      kind: "slurm-cli",
      ...(where !== "localhost" && { host: where }),
      ...(options.shared && { sharedDirectories: options.shared }),
    };
  }
  return {
    kind: "pac",
    url: where,
    ...(options.login && { login: options.login }),
    ...(options.tokenPage !== undefined && { tokenPage: options.tokenPage }),
    ...(options.tokenMethod && { tokenMethod: options.tokenMethod }),
    ...(options.generation && { generation: options.generation }),
    ...filesOf(options),
    ...(options.uploadDirectory !== undefined && { uploadDirectory: options.uploadDirectory }),
  };
}

/** Paths in a configuration file are relative to it, those on a command line to where the user is. */
function filesOf(options: AddOptions): Partial<Record<(typeof fileOptions)[number], string>> {
  const files: Partial<Record<(typeof fileOptions)[number], string>> = {};
  for (const name of fileOptions) {
    const file = options[name];
    if (file !== undefined) files[name] = resolve(file);
  }
  return files;
}

const fileOptions = ["certFile", "keyFile", "passphraseFile", "tokenFile", "caFile"] as const;
const ownOptions: Readonly<Record<ResourceDefinition["kind"], readonly string[]>> = {
  local: ["slots", "path", "shared"],
  pac: ["generation", "login", "tokenPage", "tokenMethod", ...fileOptions, "uploadDirectory"],
  "mantid-web": ["caFile", "insecure", "scripts"],
  "slurm-rest": ["tokenFile", "jwtKeyFile", "sharedFolder", "shared", "caFile", "insecure"],
  "slurm-cli": ["shared"],
};

function toFlag(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function remove(): Command {
  return new Command("remove")
    .description("take one out of your configuration")
    .argument("<name>", "name of the resource")
    .action((id: string, _options: object, command: Command) =>
      runCommand(command, async (context) => {
        const { clientPaths, removeResource } = await import("scarf-tomo");
        const { configFile } = clientPaths();
        await removeResource(configFile, id);
        await context.output.result({ id, configFile }, () => "");
        context.output.note(`Removed ${id} from ${configFile}.`);
      }),
    );
}

function describePlace(definition: ResourceDefinition): string {
  if (definition.kind === "local") return definition.workspace;
  if (definition.kind === "slurm-cli") return definition.host ?? "localhost";
  return definition.kind === "slurm-rest" ? (definition.url ?? definition.socket ?? "") : definition.url;
}

function renderValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(renderValue).join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
