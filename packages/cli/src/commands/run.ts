import { join } from "node:path";
import { Command } from "commander";
import type { AnyAlgorithm } from "scarf-tomo";
import { type AlgorithmDialog, describeDialog } from "../algorithm/algorithm-dialog.js";
import { askForAction, askForProperty, findMissingInputs } from "../algorithm/ask-for-properties.js";
import { parsePropertyFlags, type PropertyFlags } from "../algorithm/parse-property-flags.js";
import { renderAlgorithmHelp, renderAlgorithms, renderOutputs } from "../algorithm/render-algorithm.js";
import type { CommandContext } from "../command-context.js";
import { readPassword } from "../read-password.js";
import { runCommand } from "../run-command.js";
import type { Progress } from "../terminal/progress.js";
import { canAsk } from "../terminal/prompt.js";
import { renderSafeLine } from "../terminal/safe-text.js";
import { UsageError } from "../usage-error.js";

export function runAlgorithmCommand(): Command {
  const command = new Command("run")
    .description(
      "Run an algorithm of Mantid's by its name, with its properties as options:\n\n" +
        "  scarf run SCARFTomoReconstruction --Action=SubmitJob --RunnablePath=/work/recon.py\n" +
        "  scarf run QueryRemoteJob --JobID=417666\n\n" +
        "In a terminal it asks for what is not given, as Mantid's dialog does. What it takes: scarf run NAME --help",
    )
    .summary("run an algorithm, as in Mantid")
    .argument("[algorithm]", "its name, e.g. SCARFTomoReconstruction; --list shows all")
    .argument("[properties...]", "--Name=value")
    .option("--list", "list the algorithms")
    .option("--no-ask", "do not ask; take the defaults for what is not given")
    .option("--password-stdin", "read the property Password from standard input")
    .passThroughOptions();
  return command.action(async (name: string | undefined, words: string[], options: RunOptions) => {
    if (options.list === true) {
      await runCommand(command, listAlgorithms);
      return;
    }
    if (name === undefined) {
      throw new UsageError("Which algorithm?", "`scarf run --list` shows all of them.");
    }
    const flags = parsePropertyFlags(words, (property) => property.toLowerCase() === "overwrite");
    const merged: PropertyFlags = {
      ...flags,
      ask: flags.ask && options.ask,
      passwordStdin: flags.passwordStdin || options.passwordStdin === true,
    };
    await runCommand(command, (context) => runAlgorithm(context, name, merged), flags.global);
  });
}

interface RunOptions {
  readonly ask: boolean;
  readonly passwordStdin?: boolean;
  readonly list?: boolean;
}

async function listAlgorithms(context: CommandContext): Promise<void> {
  const core = await import("scarf-tomo");
  const algorithms = core.algorithms.map(({ algorithmName: name, version, category, documentation }) => ({
    name,
    version,
    category,
    documentation,
  }));
  await context.output.result({ algorithms }, () => renderAlgorithms(algorithms, context.output.columns));
}

/** @throws {UsageError} there is none of that name. */
function findAlgorithm(algorithms: readonly AnyAlgorithm[], name: string): AnyAlgorithm {
  const found = algorithms.find(({ algorithmName }) => algorithmName.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return found;
  throw new UsageError(
    `There is no algorithm called ${JSON.stringify(name)}.`,
    "`scarf run --list` shows all of them.",
  );
}

async function runAlgorithm(context: CommandContext, name: string, flags: PropertyFlags): Promise<void> {
  const { algorithms, configureAlgorithm, FileTransactionStore, ValueError } = await import("scarf-tomo");
  const algorithm = findAlgorithm(algorithms, name);
  const dialog = describeDialog(algorithm);
  if (flags.help) {
    process.stdout.write(`${renderAlgorithmHelp(dialog)}\n`);
    return;
  }
  const { sessions, paths } = await context.client();
  // The saved sessions and transactions of this user, so that what one call begins holds for the next one.
  const transactions = new FileTransactionStore(join(paths.stateDirectory, "transactions"));
  configureAlgorithm({ sessions, transactions });
  const properties = await completeProperties(context, dialog, flags);
  const action = dialog.resolveAction(properties["Action"]);
  const absent = findMissingInputs(dialog, action, properties)
    .filter((property) => dialog.isNeeded(property, action))
    .map((property) => property.name);
  if (absent.length > 0) {
    const purpose = action ?? dialog.name;
    throw new ValueError("PROPERTY_MISSING", `${absent.join(" and ")} must be given for ${purpose}.`, {
      hint: `Add ${absent.map((property) => `--${property}=…`).join(" ")}. All properties: scarf run ${dialog.name} --help`,
    });
  }
  const transfers = await showTransfers(context);
  const outputs = await algorithm
    .execute(properties, {
      signal: context.signal,
      onNotice: (sentence) => context.output.note(renderSafeLine(sentence)),
      onProgress: transfers.update,
    })
    .finally(() => transfers.stop());
  await context.output.result(
    { algorithm: dialog.name, ...(action !== undefined && { action }), outputs },
    () => renderOutputs(outputs, context.output.columns),
  );
}

/** The given properties, with user and resource as for every command, and in a terminal the answers to what is missing. */
async function completeProperties(
  context: CommandContext,
  algorithm: AlgorithmDialog,
  { properties, ask, passwordStdin }: PropertyFlags,
): Promise<Record<string, string>> {
  const given = normalise(algorithm, properties);
  const asks = ask && canAsk();
  const { actions } = algorithm;
  const standard = algorithm.resolveAction(undefined);
  if (actions !== undefined && standard !== undefined)
    given["Action"] ??= asks ? await askForAction(context, actions, standard) : standard;
  const action = algorithm.resolveAction(given["Action"]);
  const { configuration, sessions } = await context.client();
  const resourceId =
    context.options.resource ?? process.env["SCARF_RESOURCE"] ?? configuration.defaultResource;
  if (resourceId) given["ComputeResource"] ??= resourceId;
  const declared = String(algorithm.properties.find(({ name }) => name === "ComputeResource")?.default ?? "");
  if (declared === "") given["ComputeResource"] ??= await context.defaultResourceId();
  const resource = sessions.resource(given["ComputeResource"] ?? declared);
  const userName = context.userName ?? (await sessions.lastUser(resource.id));
  if (userName !== undefined) given["UserName"] ??= userName;
  for (const property of findMissingInputs(algorithm, action, given)) {
    const needed = algorithm.isNeeded(property, action) || property.name === "UserName";
    if (property.masked) {
      if (!resource.capabilities.password || (!asks && !passwordStdin)) continue;
      given[property.name] = await readPassword(context, `${property.name}: `, { fromStdin: passwordStdin });
    } else if (asks) {
      const answer = await askForProperty(context, property, {
        needed,
        purpose: actions === undefined ? algorithm.name : "this action",
      });
      if (answer !== undefined) given[property.name] = answer;
    }
  }
  return given;
}

/** Names as declared, so that what is given under another case is found; unknown names stay for the algorithm to refuse. */
function normalise(
  algorithm: AlgorithmDialog,
  properties: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = new Map(algorithm.properties.map(({ name }) => [name.toLowerCase(), name]));
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [names.get(name.toLowerCase()) ?? name, value]),
  );
}

/** A bar for each file on its way. */
async function showTransfers(context: CommandContext) {
  const makeProgress = await context.progressMaker();
  let current: { readonly file: string; readonly bar: Progress } | undefined;
  return {
    update: ({ file, bytesDone, bytesTotal }: { file: string; bytesDone: number; bytesTotal?: number }) => {
      if (current?.file !== file) {
        current?.bar.stop();
        current = { file, bar: makeProgress(file) };
      }
      current.bar.update(bytesDone, bytesTotal);
    },
    stop: () => current?.bar.stop(),
  };
}
