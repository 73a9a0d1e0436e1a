import { StringDecoder } from "node:string_decoder";
import { Command } from "commander";
import type { Session } from "scarf-tomo";
import type { CommandContext } from "../command-context.js";
import { runCommand } from "../run-command.js";
import { renderSafeLines } from "../terminal/safe-text.js";

interface LogsOptions {
  readonly follow?: boolean;
  readonly errors?: boolean;
  readonly file?: string;
}

export function logsCommand(): Command {
  return new Command("logs")
    .description("print what a job has written")
    .argument("<job>", "job id")
    .option("-f, --follow", "go on until the job has ended")
    .option("--errors", "its standard error instead of its standard output")
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
  const { signal, output } = context;
  const stream = options.errors ? "error" : "output";
  const path = options.file ?? (await findOutputPath(session, jobId, { signal, stream }));
  const text = new TextReader();
  if (options.follow) {
    const target = context.hintOptions(session);
    context.interrupts.advise(`Job ${jobId} goes on. Take it up with: scarf logs -f ${jobId} ${target}`);
    for await (const chunk of followOutput(session, jobId, path, { signal })) {
      if (output.json) output.line({ type: "output", jobId, path, text: text.read(chunk) }, () => "");
      else await writeChunk(chunk, text);
    }
    return;
  }
  const { chunks } = await session.jobFiles(jobId).read(path, undefined, { signal });
  if (output.json) {
    const parts: string[] = [];
    for await (const chunk of chunks) parts.push(text.read(chunk));
    await output.result({ jobId, path, output: parts.join("") }, () => "");
    return;
  }
  for await (const chunk of chunks) await writeChunk(chunk, text);
  if (options.file === undefined && !options.errors) await tellOfErrors(context, session, jobId);
}

/** Standard error is where a program says what went wrong: whoever looks at an output must know that there is more. */
async function tellOfErrors(context: CommandContext, session: Session, jobId: string): Promise<void> {
  const { readLastLines } = await import("scarf-tomo");
  const lines = await readLastLines(session, jobId, "error", { signal: context.signal, count: 1 });
  if (lines.length === 0) return;
  context.output.note(
    `It wrote to its standard error too: scarf logs --errors ${jobId} ${context.hintOptions(session)}`,
  );
}

/** To a terminal only harmless text, to anything else the very bytes; waits while the reader is slower. */
async function writeChunk(chunk: Uint8Array, text: TextReader): Promise<void> {
  // The chunk's buffer may be used again before the stream has written it.
  const data = process.stdout.isTTY ? renderSafeLines(text.read(chunk)) : Buffer.from(chunk);
  if (!process.stdout.write(data)) await new Promise((resolve) => process.stdout.once("drain", resolve));
}

/** Text of bytes that come in pieces: neither a character nor a line end is cut in two. */
class TextReader {
  readonly #decoder = new StringDecoder("utf8");
  #rest = "";

  read(chunk: Uint8Array): string {
    const text = this.#rest + this.#decoder.write(Buffer.from(chunk));
    this.#rest = text.endsWith("\r") ? "\r" : "";
    return text.slice(0, text.length - this.#rest.length);
  }
}
