import { basename } from "node:path";
import { Command } from "commander";
import type { Session, UploadedFile } from "scarf-tomo";
import type { CommandContext } from "../command-context.js";
import { renderBytes } from "../format/render-quantity.js";
import { addOverwriteOptions, getOverwrite, type OverwriteOptions } from "../overwrite-options.js";
import { getErrorReport } from "../render-error.js";
import { runCommand } from "../run-command.js";
import { renderSafeLine } from "../terminal/safe-text.js";
import { UsageError } from "../usage-error.js";

interface UploadOptions extends OverwriteOptions {
  readonly to: string;
  readonly name?: string;
  readonly verify: boolean;
}

export function uploadCommand(): Command {
  const command = new Command("upload")
    .description(
      "send files to a compute resource; sizes and, where it can tell them, checksums are compared",
    )
    .summary("send files to a resource")
    .argument("<files...>", "local files")
    .option("-t, --to <directory>", "directory on the resource (default: your own)", ".")
    .option("--name <name>", "another name there (for one file)")
    .option("--no-verify", "do not compare checksums");
  return addOverwriteOptions(command).action((paths: string[], options: UploadOptions) =>
    runCommand(command, (context) => upload(context, paths, options)),
  );
}

async function upload(
  context: CommandContext,
  paths: readonly string[],
  options: UploadOptions,
): Promise<void> {
  if (options.name !== undefined && paths.length > 1)
    throw new UsageError("--name is for one file, but there are several.");
  const session = await context.session();
  const sent: object[] = [];
  try {
    for (const path of paths) {
      context.interrupts.advise(
        `${renderSafeLine(path)} was not sent completely; on the resource nothing of it stands under its name.\n` +
          "Send it again with the same command.",
      );
      const file = await uploadOne(context, session, path, options);
      sent.push({ localPath: path, ...file });
    }
  } finally {
    if (sent.length > 0)
      await context.output.result({ resource: session.resource.id, files: sent }, () => "");
  }
}

async function uploadOne(
  context: CommandContext,
  session: Session,
  path: string,
  options: UploadOptions,
): Promise<UploadedFile | { readonly skipped: true }> {
  const { uploadFile } = await import("scarf-tomo");
  const progress = await context.progress(`Upload ${basename(path)}`);
  const overwrite = getOverwrite(options);
  try {
    const file = await uploadFile(session, path, options.to, {
      ...(options.name !== undefined && { remoteName: options.name }),
      overwrite: overwrite === "replace",
      verify: options.verify,
      signal: context.signal,
      onProgress: ({ bytesDone, bytesTotal }) => progress.update(bytesDone, bytesTotal),
    });
    progress.stop();
    const checked = { sha256: "SHA-256 compared", size: "size compared", no: "not verified" }[file.verified];
    if (!context.output.json) context.output.line({}, () => renderSafeLine(file.path));
    const done = file.outcome === "sent" ? `${renderBytes(file.sizeBytes)} sent` : "there already, the same";
    context.output.note(`${renderSafeLine(path)}: ${done}, ${checked}.`);
    return file;
  } catch (error) {
    progress.stop();
    if (overwrite !== "skip" || getErrorReport(error).code !== "FILE_EXISTS") throw error;
    context.output.note(`${renderSafeLine(path)}: there already, left as it is.`);
    return { skipped: true };
  }
}
