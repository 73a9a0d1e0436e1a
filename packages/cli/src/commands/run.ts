import { Command } from "commander";
import {
  type AlgorithmDialog,
  askForAction,
  askForProperty,
  findMissingInputs,
} from "../algorithm/ask-for-properties.js";
import { parsePropertyFlags, type PropertyFlags } from "../algorithm/parse-property-flags.js";
import { renderAlgorithmHelp, renderOutputs } from "../algorithm/render-algorithm.js";
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
        "  scarf run SCARFTomoReconstruction --Action=SubmitJob --RunnablePath=/work/recon.py\n\n" +
        "In a terminal it asks for what is not given, as Mantid's dialog does. What it takes: scarf run NAME --help",
    )
    .summary("run an algorithm, as in Mantid")
    .argument("<algorithm>", "its name: SCARFTomoReconstruction")
    .argument("[properties...]", "--Name=value")
    .option("--no-ask", "do not ask; take the defaults for what is not given")
    .option("--password-stdin", "read the property Password from standard input")
    .passThroughOptions();
  return command.action(
    async (name: string, words: string[], options: { ask: boolean; passwordStdin?: boolean }) => {
      const flags = parsePropertyFlags(words, (property) => property.toLowerCase() === "overwrite");
      const merged: PropertyFlags = {
        ...flags,
        ask: flags.ask && options.ask,
        passwordStdin: flags.passwordStdin || options.passwordStdin === true,
      };
      await runCommand(command, (context) => runAlgorithm(context, name, merged), flags.global);
    },
  );
}

async function runAlgorithm(context: CommandContext, name: string, flags: PropertyFlags): Promise<void> {
  const { SCARFTomoReconstruction: algorithm, configureAlgorithm, ValueError } = await import("scarf-tomo");
  if (name.toLowerCase() !== algorithm.algorithmName.toLowerCase()) {
    throw new UsageError(
      `There is no algorithm called ${JSON.stringify(name)}.`,
      `The algorithm is ${algorithm.algorithmName}.`,
    );
  }
  if (flags.help) {
    process.stdout.write(
      `${renderAlgorithmHelp(algorithm.algorithmName, algorithm.documentation, algorithm)}\n`,
    );
    return;
  }
  const dialog: AlgorithmDialog = algorithm;
  const { sessions } = await context.client();
  // The saved sessions of this user, so that a log-in by one call holds for the next one.
  configureAlgorithm({ sessions });
  const properties = await completeProperties(
    context,
    algorithm,
    (word) => algorithm.resolveAction(word),
    flags,
  );
  const action = algorithm.resolveAction(properties["Action"] ?? algorithm.defaultAction);
  const absent = findMissingInputs(algorithm, action, properties)
    .map((property) => property.name)
    .filter((needed) => dialog.actions[action]?.needs.includes(needed));
  if (absent.length > 0) {
    throw new ValueError("PROPERTY_MISSING", `${absent.join(" and ")} must be given for ${action}.`, {
      hint: `Add ${absent.map((property) => `--${property}=…`).join(" ")}. All properties: scarf run ${algorithm.algorithmName} --help`,
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
  await context.output.result({ algorithm: algorithm.algorithmName, action, outputs }, () =>
    renderOutputs(outputs, context.output.columns),
  );
}

/** The given properties, with user and resource as for every command, and in a terminal the answers to what is missing. */
async function completeProperties(
  context: CommandContext,
  algorithm: AlgorithmDialog,
  resolveAction: (word: string) => string,
  { properties, ask, passwordStdin }: PropertyFlags,
): Promise<Record<string, string>> {
  const given = normalise(algorithm, properties);
  const asks = ask && canAsk();
  given["Action"] ??= asks ? await askForAction(context, algorithm) : algorithm.defaultAction;
  const action = resolveAction(given["Action"]);
  const { configuration, sessions } = await context.client();
  const resourceId =
    context.options.resource ?? process.env["SCARF_RESOURCE"] ?? configuration.defaultResource;
  if (resourceId) given["ComputeResource"] ??= resourceId;
  const declared = algorithm.properties.find(({ name }) => name === "ComputeResource")?.default;
  const resource = sessions.resource(given["ComputeResource"] ?? String(declared));
  const userName = context.userName ?? (await sessions.lastUser(resource.id));
  if (userName !== undefined) given["UserName"] ??= userName;
  for (const property of findMissingInputs(algorithm, action, given)) {
    const needed =
      algorithm.actions[action]?.needs.includes(property.name) === true || property.name === "UserName";
    if (property.masked) {
      if (!resource.capabilities.password || (!asks && !passwordStdin)) continue;
      given[property.name] = await readPassword(context, `${property.name}: `, { fromStdin: passwordStdin });
    } else if (asks) {
      const answer = await askForProperty(context, property, { needed });
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
