import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import type { CheckOptions, GatewayConfiguration, GatewayConfigurationInput } from "scarf-tomo-gateway";
import { withReconProgram } from "./recon-program.js";

export interface GatewayFileOptions {
  readonly config?: string;
}

export function addGatewayOptions(command: Command): Command {
  return command.option(
    "-c, --config <file>",
    "the gateway's configuration (default: gateway.toml beside scarf's own, if it is there)",
  );
}

/**
 * The gateway's configuration: of the file named, of `gateway.toml` in the configuration folder, or, where there is
 * neither, one that offers this machine on a loopback port and keeps all it has in scarf's state folder.
 * @throws {ConfigError} `CONFIG_INVALID`.
 */
export async function readGatewayConfiguration(
  { config }: GatewayFileOptions,
  check: CheckOptions = {},
): Promise<GatewayConfiguration> {
  const { clientPaths } = await import("scarf-tomo");
  const { checkConfiguration, checkConfigurationInput } = await import("scarf-tomo-gateway");
  const { configDirectory, stateDirectory } = clientPaths();
  const standardFile = join(configDirectory, "gateway.toml");
  const file = config ?? ((await exists(standardFile)) ? standardFile : undefined);
  const home = join(stateDirectory, "gateway");
  const configuration =
    file === undefined
      ? await checkConfigurationInput(
          {
            stateDirectory: home,
            resources: { local: { kind: "local", workspace: join(home, "workspace") } },
          },
          check,
        )
      : await checkConfiguration(file, check);
  const resources = Object.entries(configuration.resources).map(
    ([id, definition]) => [id, withReconProgram(definition)] as const,
  );
  return { ...configuration, resources: Object.fromEntries(resources) };
}

/** The same as the gateway takes it, on another port if one is given. */
export function toGatewayInput(
  { listen: { host, port }, defaultResource, ...rest }: GatewayConfiguration,
  otherPort: number | undefined,
): GatewayConfigurationInput {
  const address = host.includes(":") ? `[${host}]` : host;
  return {
    ...rest,
    listen: `${address}:${otherPort ?? port}`,
    ...(defaultResource !== undefined && { defaultResource }),
  };
}

export async function getUsersFile(options: GatewayFileOptions): Promise<string> {
  return (await readGatewayConfiguration(options)).users.file;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
