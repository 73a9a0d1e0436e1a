#!/usr/bin/env node
import { HELP } from "./cli/help.js";
import { runInspect } from "./cli/inspect-command.js";
import { parseCommand } from "./cli/options.js";
import { StopSignal, runReconstruct } from "./cli/reconstruct-command.js";
import { Reporter } from "./cli/reporter.js";
import { ReconError } from "./errors/recon-error.js";
import { getVersion } from "./version.js";

async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  process.on("SIGTERM", () => stop.abort(new StopSignal("SIGTERM")));
  process.on("SIGINT", () => stop.abort(new StopSignal("SIGINT")));
  const { stdout, stderr } = process;
  const makeReporter = (json: boolean, quiet: boolean): Reporter =>
    new Reporter({ stdout, stderr, json, quiet });
  try {
    const command = parseCommand(args);
    if (command.kind === "help" || command.kind === "version") {
      stdout.write(command.kind === "help" ? HELP : `scarf-recon ${getVersion()}\n`);
      return 0;
    }
    if (command.kind === "inspect") {
      return await runInspect(command.input, command.scan, command.json, makeReporter(command.json, false));
    }
    const { settings, json, quiet } = command;
    return await runReconstruct(
      settings,
      ["scarf-recon", ...args],
      json,
      makeReporter(json, quiet),
      stop.signal,
    );
  } catch (error) {
    if (!(error instanceof ReconError)) throw error;
    const reporter = makeReporter(false, false);
    if (args.includes("--json")) reporter.data({ error: error.toJSON() });
    reporter.fail(error.message, error.hint);
    return error.exitCode;
  }
}

process.exitCode = await main(process.argv.slice(2));
