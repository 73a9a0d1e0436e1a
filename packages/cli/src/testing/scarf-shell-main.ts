import { runCommandLine } from "../run-program.js";
import { endOfCommand } from "./scarf-shell.js";

process.on("message", (args: readonly string[]) => void run(args));

async function run(args: readonly string[]): Promise<void> {
  const exitCode = await runCommandLine(args);
  process.stdout.write(endOfCommand);
  process.stderr.write(endOfCommand);
  process.send?.(exitCode);
}
