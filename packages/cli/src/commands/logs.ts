import { StringDecoder } from "node:string_decoder";
import { Command } from "commander";
import type { Session } from "scarf-tomo";
import type { CommandContext } from "../command-context.js";
import { runCommand } from "../run-command.js";
import { renderSafeLines } from "../terminal/safe-text.js";

interface LogsOptions {
  readonly follow?: boolean;
  readonly file?: string;
}

export function logsCommand(): Command {
  return new Command("logs")
    .description("print what a job has written")
    .argument("<job>", "job id")
    .option("-f, --follow", "go on until the job has ended")
    .option("--file <path>", "another file of the job's directory instead of its standard output")
    .action((jobId: string, options: LogsOptions, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        await printLogs(context, session, jobId, options);
      }),
    );
}

async function printLogs(
  context: CommandContext,
  session: Session,
  jobId: string,
  options: LogsOptions,
): Promise<void> {
  const { findOutputPath, followOutput } = await import("scarf-tomo");
  const path = options.file ?? (await findOutputPath(session, jobId));
  if (options.follow) {
    context.interrupts.advise(
      `Job ${jobId} goes on. Take it up with: scarf logs -f ${jobId} ${context.hintOptions(session)}`,
    );
    const decoder = new StringDecoder("utf8");
    for await (const chunk of followOutput(session, jobId, path, { signal: context.signal })) {
      if (context.output.json)
        context.output.line(
          { type: "output", jobId, path, text: decoder.write(Buffer.from(chunk)) },
          () => "",
        );
      else await writeChunk(chunk, decoder);
    }
    return;
  }
  const { chunks } = await session.jobFiles(jobId).read(path, undefined, { signal: context.signal });
  if (context.output.json) {
    const parts: Buffer[] = [];
    for await (const chunk of chunks) parts.push(Buffer.from(chunk));
    await context.output.result({ jobId, path, output: Buffer.concat(parts).toString("utf8") }, () => "");
    return;
  }
  const decoder = new StringDecoder("utf8");
  for await (const chunk of chunks) await writeChunk(chunk, decoder);
}

/** To a terminal only harmless text, to anything else the very bytes; waits while the reader is slower. */
async function writeChunk(chunk: Uint8Array, decoder: StringDecoder): Promise<void> {
  const data = process.stdout.isTTY ? renderSafeLines(decoder.write(Buffer.from(chunk))) : Buffer.from(chunk);
  if (!process.stdout.write(data)) await new Promise((resolve) => process.stdout.once("drain", resolve));
}
