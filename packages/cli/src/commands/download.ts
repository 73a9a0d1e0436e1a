import { Command } from "commander";
import type { Session } from "scarf-tomo";
import type { CommandContext } from "../command-context.js";
import { renderBytes, renderCount } from "../format/render-quantity.js";
import { addOverwriteOptions, getOverwrite, type OverwriteOptions } from "../overwrite-options.js";
import { getErrorReport, renderError } from "../render-error.js";
import { runCommand } from "../run-command.js";
import { renderSafeLine } from "../terminal/safe-text.js";

interface DownloadOptions extends OverwriteOptions {
  readonly output: string;
}

export function downloadCommand(): Command {
  const command = new Command("download")
    .description("fetch the files of a job, all of them or those named")
    .summary("fetch the files of a job")
    .argument("<job>", "job id")
    .argument("[files...]", "names in the job's directory (default: all)")
    .option("-o, --output <directory>", "where to write", ".");
  return addOverwriteOptions(command).action((jobId: string, names: string[], options: DownloadOptions) =>
    runCommand(command, async (context) => {
      const session = await context.session();
      await downloadJob(context, session, jobId, {
        names,
        directory: options.output,
        overwrite: getOverwrite(options),
      });
    }),
  );
}

interface DownloadRequest {
  readonly directory: string;
  /** Empty = all. */
  readonly names: readonly string[];
  readonly overwrite: "error" | "replace" | "skip";
}

async function downloadJob(
  context: CommandContext,
  session: Session,
  jobId: string,
  { directory, names, overwrite }: DownloadRequest,
): Promise<void> {
  const { downloadJobFiles } = await import("scarf-tomo");
  const progress = await context.progress(`Download job ${jobId}`);
  context.interrupts.advise(
    `Files that are complete are in ${directory}; nothing incomplete stands under its name.\n` +
      `Fetch the rest with: scarf download ${jobId} -o ${directory} --skip-existing ${context.hintOptions(session)}`,
  );
  const { files, failures } = await downloadJobFiles(session, jobId, {
    directory,
    ...(names.length > 0 && { names }),
    overwrite,
    signal: context.signal,
    onProgress: ({ bytesDone, bytesTotal }) => progress.update(bytesDone, bytesTotal),
  }).finally(() => progress.stop());
  const problems = failures.map(({ name, error }) => {
    const { code, message } = getErrorReport(error);
    return { name, code, message };
  });
  await context.output.result({ jobId, directory, files, failures: problems }, () =>
    files.map((file) => renderSafeLine(file.path)).join("\n"),
  );
  const skipped = files.filter((file) => file.outcome === "skipped").length;
  const sizeBytes = files.reduce((sum, file) => sum + (file.outcome === "skipped" ? 0 : file.sizeBytes), 0);
  const left = skipped > 0 ? `, ${skipped} left as they were` : "";
  context.output.note(
    `${renderCount(files.length - skipped, "file")} (${renderBytes(sizeBytes)}) in ${directory}${left}.`,
  );
  const [first, ...others] = failures;
  for (const { error } of others)
    context.output.warn(renderError(error, { json: context.output.json, verbose: false }));
  if (first) throw first.error;
}
