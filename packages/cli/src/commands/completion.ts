import { Argument, Command } from "commander";
import { runCommand } from "../run-command.js";

const shells = ["bash", "zsh", "fish"] as const;

const setUp: Readonly<Record<(typeof shells)[number], string>> = {
  bash: "source <(scarf completion bash)              # now; put it into ~/.bashrc for every shell",
  zsh: "source <(scarf completion zsh)               # now; put it into ~/.zshrc for every shell",
  fish: "scarf completion fish | source               # now; for every shell write it to ~/.config/fish/completions/scarf.fish",
};

export function completionCommand(): Command {
  return new Command("completion")
    .description(
      `print a script that teaches a shell to complete scarf's commands\n\n  ${Object.values(setUp).join("\n  ")}`,
    )
    .summary("complete commands in your shell")
    .addArgument(new Argument("<shell>", "the shell").choices(shells))
    .action((shell: (typeof shells)[number], _options: object, command: Command) =>
      runCommand(command, async (context) => {
        const { renderCompletionScript } = await import("../complete.js");
        const script = renderCompletionScript(shell);
        await context.output.result({ shell, script }, () => script);
        if (process.stdout.isTTY) context.output.note(`Use it with: ${setUp[shell]}`);
      }),
    );
}

/** What the shell's script calls at every Tab. */
export function completeCommand(buildProgram: () => Command): Command {
  return new Command("complete")
    .argument("[words...]")
    .allowUnknownOption()
    .action(async (words: string[]) => {
      const { printCompletions } = await import("../complete.js");
      await printCompletions(buildProgram(), words);
    });
}
