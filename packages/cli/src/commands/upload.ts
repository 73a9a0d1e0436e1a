import { basename } from "node:path";
import { Command, Option } from "commander";
import type { FileToUpload, Session, UploadedFile } from "scarf-tomo";
import type { CommandContext } from "../command-context.js";
import { findLocalFiles } from "../find-local-files.js";
import { renderBytes, renderCount } from "../format/render-quantity.js";
import { addOverwriteOptions, getOverwrite, type OverwriteOptions } from "../overwrite-options.js";
import { getErrorReport, renderError } from "../render-error.js";
import { runCommand } from "../run-command.js";
import { renderSafeLine } from "../terminal/safe-text.js";
import { UsageError } from "../usage-error.js";

interface UploadOptions extends OverwriteOptions {
  readonly to: string;
  readonly name?: string;
  readonly verify: boolean;
  readonly abandon?: boolean;
}

export function uploadCommand(): Command {
  const command = new Command("upload")
    .description(
      "send files to a compute resource; sizes and, where it can tell them, checksums are compared",
    )
    .summary("send files to a resource")
    .argument("<files...>", "local files, and directories with all that is in them")
    .option("-t, --to <directory>", "directory on the resource (default: your own)", ".")
    .option("--name <name>", "another name there (for one file)")
    .option("--no-verify", "do not compare checksums")
    .addOption(
      new Option(
        "--abandon",
        "send nothing: have the resource drop what it keeps of these files from uploads that were cut",
      ).conflicts(["overwrite", "skipExisting"]),
    );
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
  if (options.abandon === true) {
    await abandon(context, paths, options);
    return;
  }
  const files = await findLocalFiles(paths);
  const [only, ...others] = files;
  const session = await context.session();
  if (only === undefined || others.length > 0 || only.directory !== undefined) {
    await uploadMany(context, session, files, options);
    return;
  }
  const path = only.localPath;
  context.interrupts.advise(
    `${renderSafeLine(path)} was not sent completely; on the resource nothing of it stands under its name.\n` +
      "Send it again with the same command.",
  );
  const file = await uploadOne(context, session, path, options);
  await context.output.result(
    { resource: session.resource.id, files: [{ localPath: path, ...file }] },
    () => "",
  );
}

/** The files need not be here any more: their names say which they are. */
async function abandon(
  context: CommandContext,
  paths: readonly string[],
  { to, name }: UploadOptions,
): Promise<void> {
  const session = await context.session();
  const { id } = session.resource;
  const { files } = session;
  if (files.abandonWrite === undefined) {
    const { NotSupportedError } = await import("scarf-tomo");
    throw new NotSupportedError("NOT_SUPPORTED", `${id} keeps nothing of an upload that was cut.`, {
      hint: "There is nothing to abandon.",
    });
  }
  const abandoned: { readonly name: string; readonly sizeBytes: number }[] = [];
  for (const path of paths) {
    const remoteName = name ?? basename(path);
    const sizeBytes = await files.abandonWrite(to, remoteName, { signal: context.signal });
    abandoned.push({ name: remoteName, sizeBytes });
    const what = sizeBytes === 0 ? "nothing was kept" : `${renderBytes(sizeBytes)} dropped`;
    context.output.note(`${renderSafeLine(remoteName)}: ${what}.`);
  }
  await context.output.result({ resource: id, abandoned }, () => "");
}

async function uploadMany(
  context: CommandContext,
  session: Session,
  wanted: readonly FileToUpload[],
  options: UploadOptions,
): Promise<void> {
  if (options.name !== undefined) throw new UsageError("--name is for one file, not for a directory.");
  const { uploadFiles } = await import("scarf-tomo");
  context.interrupts.advise(
    "Not all files were sent; none of them stands incomplete under its name on the resource.\n" +
      "Send the rest with the same command and --skip-existing.",
  );
  const progress = await context.progress(`Upload ${renderCount(wanted.length, "file")}`);
  const { files, failures } = await uploadFiles(session, wanted, options.to, {
    overwrite: getOverwrite(options),
    verify: options.verify,
    signal: context.signal,
    onProgress: ({ bytesDone, bytesTotal }) => progress.update(bytesDone, bytesTotal),
  }).finally(() => progress.stop());
  const problems = failures.map(({ localPath, error }) => {
    const { code, message } = getErrorReport(error);
    return { localPath, code, message };
  });
  await context.output.result({ resource: session.resource.id, files, failures: problems }, () =>
    files.map((file) => renderSafeLine(file.path)).join("\n"),
  );
  const sent = files.filter((file) => file.outcome === "sent");
  const sizeBytes = sent.reduce((sum, file) => sum + file.sizeBytes, 0);
  const left = files.length > sent.length ? `, ${files.length - sent.length} were there already` : "";
  context.output.note(`${renderCount(sent.length, "file")} (${renderBytes(sizeBytes)}) sent${left}.`);
  const [first, ...more] = failures;
  for (const { error } of more)
    context.output.warn(renderError(error, { json: context.output.json, verbose: false }));
  if (first !== undefined) throw first.error;
}

async function uploadOne(
  context: CommandContext,
  session: Session,
  path: string,
  options: UploadOptions,
): Promise<UploadedFile> {
  const { uploadFile } = await import("scarf-tomo");
  const progress = await context.progress(`Upload ${basename(path)}`);
  try {
    const file = await uploadFile(session, path, options.to, {
      ...(options.name !== undefined && { remoteName: options.name }),
      overwrite: getOverwrite(options),
      verify: options.verify,
      signal: context.signal,
      onProgress: ({ bytesDone, bytesTotal }) => progress.update(bytesDone, bytesTotal),
    });
    const checked = { sha256: "SHA-256 compared", size: "size compared", no: "not verified" }[file.verified];
    if (!context.output.json) context.output.line({}, () => renderSafeLine(file.path));
    const done = {
      sent: `${renderBytes(file.sizeBytes)} sent`,
      "was-there": "there already, the same",
      skipped: "there already, left as it is",
    }[file.outcome];
    context.output.note(`${renderSafeLine(path)}: ${done}, ${checked}.`);
    return file;
  } finally {
    progress.stop();
  }
}
