import { type Argument, Command } from "commander";
import { applicationsCommand } from "./commands/applications.js";
import { cancelCommand } from "./commands/cancel.js";
import { completeCommand, completionCommand } from "./commands/completion.js";
import { demoCommand } from "./commands/demo.js";
import { downloadCommand } from "./commands/download.js";
import { filesCommand } from "./commands/files.js";
import { jobOperationCommands } from "./commands/job-operations.js";
import { gatewayCommand } from "./commands/gateway.js";
import { jobCommand } from "./commands/job.js";
import { jobsCommand } from "./commands/jobs.js";
import { loginCommand } from "./commands/login.js";
import { logoutCommand } from "./commands/logout.js";
import { logsCommand } from "./commands/logs.js";
import { pingCommand } from "./commands/ping.js";
import { queuesCommand } from "./commands/queues.js";
import { reconstructCommand } from "./commands/reconstruct.js";
import { resourceCommand } from "./commands/resource.js";
import { runAlgorithmCommand } from "./commands/run.js";
import { serveCommand } from "./commands/serve.js";
import { submitCommand } from "./commands/submit.js";
import { uploadCommand } from "./commands/upload.js";
import { userCommand } from "./commands/user.js";
import { waitCommand } from "./commands/wait.js";
import { watchCommand } from "./commands/watch.js";
import { whoamiCommand } from "./commands/whoami.js";
import { addGlobalOptions } from "./global-options.js";
import { version } from "./version.js";

type Build = readonly [name: string, build: () => Command];

/** Every command under its heading. Each is built only when it is needed: declaring all options of all takes longer than most commands. */
const groups: readonly (readonly [heading: string, commands: readonly Build[]])[] = [
  [
    "Sessions:",
    [
      ["login", loginCommand],
      ["logout", logoutCommand],
      ["ping", pingCommand],
      ["whoami", whoamiCommand],
      ["resource", resourceCommand],
    ],
  ],
  [
    "Jobs:",
    [
      ["submit", submitCommand],
      ["jobs", jobsCommand],
      ["job", jobCommand],
      ["watch", watchCommand],
      ["wait", waitCommand],
      ["logs", logsCommand],
      ["cancel", cancelCommand],
      ...jobOperationCommands,
      ["queues", queuesCommand],
      ["applications", applicationsCommand],
    ],
  ],
  [
    "Files:",
    [
      ["upload", uploadCommand],
      ["download", downloadCommand],
      ["files", filesCommand],
    ],
  ],
  [
    "Tomography:",
    [
      ["reconstruct", reconstructCommand],
      ["run", runAlgorithmCommand],
      ["demo", demoCommand],
    ],
  ],
  [
    "Your own gateway:",
    [
      ["serve", serveCommand],
      ["user", userCommand],
      ["gateway", gatewayCommand],
    ],
  ],
  ["This program:", [["completion", completionCommand]]],
];

/** The command line as declarations: all of it, or, when the arguments name a command, that one alone. */
export function buildProgram(args: readonly string[] = []): Command {
  const program = new Command("scarf")
    .description("Run jobs and tomographic reconstructions on compute clusters.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show this help")
    .addHelpCommand(
      new Command("help")
        .argument("[command]")
        .description("show the help of a command")
        .helpGroup("This program:"),
    )
    .enablePositionalOptions();
  const all: readonly Build[] = [
    ...groups.flatMap(([, commands]) => commands),
    ["complete", () => completeCommand(buildProgram)],
  ];
  const named = all.find(([name]) => name === args[0]);
  if (named) program.addCommand(named[1](), { hidden: named[0] === "complete" });
  else {
    for (const [heading, commands] of groups) {
      program.commandsGroup(heading);
      for (const [, build] of commands) program.addCommand(build());
    }
  }
  settle(program);
  return program;
}

/** What holds for every command: global options, errors thrown and not printed, where to read on. */
function settle(command: Command): void {
  if (command.name() !== "complete") addGlobalOptions(command);
  command
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({
      subcommandTerm: (subcommand) =>
        [subcommand.name(), ...subcommand.registeredArguments.map(renderArgument)].join(" "),
    });
  for (const subcommand of command.commands) settle(subcommand);
}

function renderArgument(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}
