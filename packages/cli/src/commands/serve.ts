import { Command } from "commander";
import type { CommandContext } from "../command-context.js";
import { parsePort } from "../format/parse-quantity.js";
import {
  addGatewayOptions,
  type GatewayFileOptions,
  readGatewayConfiguration,
  toGatewayInput,
} from "../gateway-files.js";
import { getErrorReport } from "../render-error.js";
import { runCommand } from "../run-command.js";
import { UsageError } from "../usage-error.js";
import { releaseYoungHeap } from "../young-heap.js";

interface ServeOptions extends GatewayFileOptions {
  readonly check?: boolean;
  readonly resources?: boolean;
  readonly port?: number;
}

export function serveCommand(): Command {
  const command = new Command("serve")
    .description(
      "start a gateway: it offers compute resources over SCARF's web service. Without a configuration it offers this " +
        "machine, to this machine. Stop it with Ctrl-C; jobs go on.",
    )
    .summary("start a gateway")
    .option("--check", "check the configuration and what it needs of this machine, and start nothing")
    .option("--resources", "with --check: also ask each resource whether it answers")
    .option("--port <port>", "listen on this port; 0 is any free one", parsePort);
  return addGatewayOptions(command).action((options: ServeOptions) =>
    runCommand(command, (context) => serve(context, options)),
  );
}

async function serve(context: CommandContext, options: ServeOptions): Promise<void> {
  if (options.check) return check(context, options);
  if (options.resources)
    throw new UsageError("--resources goes with --check.", "Try: scarf serve --check --resources");
  const configuration = await readGatewayConfiguration(options);
  const resources = Object.keys(configuration.resources);
  const { listUsers, startGateway } = await import("scarf-tomo-gateway");
  const gateway = await startGateway(toGatewayInput(configuration, options.port));
  releaseYoungHeap();
  context.interrupts.onHangUp(() => {
    gateway
      .reload()
      .catch((error: unknown) => context.output.warn(`Could not reload: ${getErrorReport(error).message}`));
  });
  try {
    await context.output.result(
      { url: gateway.pacUrl, resources, defaultResource: configuration.defaultResource },
      () => gateway.pacUrl,
    );
    context.output.note(
      `Offers ${resources.join(", ")}. Use it with: scarf resource add NAME ${gateway.pacUrl}`,
    );
    if (
      configuration.users.authentication === "gateway" &&
      (await listUsers(configuration.users.file)).length === 0
    ) {
      context.output.warn("Nobody can log in yet. Add a user with: scarf user add NAME");
    }
    await new Promise<void>((resolve) =>
      context.signal.addEventListener("abort", () => resolve(), { once: true }),
    );
  } finally {
    await gateway.close();
  }
  context.interrupts.settle();
  context.output.note("Stopped. Jobs that were running go on.");
}

/** Tells all that is wrong in one error (exit code 78), and what should be looked at as warnings. */
async function check(context: CommandContext, options: ServeOptions): Promise<void> {
  const { daysUntil, findEnvironmentProblems } = await import("scarf-tomo-gateway");
  let warnings: readonly string[] = [];
  let expiresAt: Date | undefined;
  const configuration = await readGatewayConfiguration(options, {
    alsoFind: async (found) => {
      const report = await findEnvironmentProblems(found, { askResources: options.resources === true });
      for (const warning of report.warnings) context.output.warn(warning);
      ({ warnings, certificateExpiresAt: expiresAt } = report);
      return report.problems;
    },
  });
  const resources = Object.keys(configuration.resources);
  const certificate = expiresAt && { expiresAt: expiresAt.toISOString(), days: daysUntil(expiresAt) };
  const { listen } = configuration;
  await context.output.result(
    { ok: true, listen, resources, warnings, ...(certificate && { certificate }) },
    () => "",
  );
  context.output.note(`The configuration is right. It offers ${resources.join(", ")}.`);
  if (certificate) context.output.note(`The certificate holds for another ${certificate.days} days.`);
}
