import { basename, join } from "node:path";
import { Command } from "commander";
import type { RemoteFile } from "scarf-tomo";
import { renderBytes, renderInstant } from "../format/render-quantity.js";
import { addOverwriteOptions, getOverwrite, type OverwriteOptions } from "../overwrite-options.js";
import { runCommand } from "../run-command.js";
import { renderSafeLine } from "../terminal/safe-text.js";
import { renderTable } from "../terminal/table.js";

/** `scarf files …`: your files on a compute resource, and those of a job. */
export function filesCommand(): Command {
  const command = new Command("files").description("your files on a compute resource, and those of a job");
  for (const subcommand of [list(), show(), get(), makeDirectory(), move(), remove(), checksum()]) {
    command.addCommand(subcommand, { isDefault: subcommand.name() === "list" });
  }
  return command;
}

function list(): Command {
  return new Command("list")
    .description("list a directory")
    .argument("[directory]", "relative to your own directory there, or to the job's", ".")
    .option("--job <id>", "list a directory of this job")
    .action((directory: string, options: { readonly job?: string }, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        const files =
          options.job === undefined
            ? await session.files.list(directory, { signal: context.signal })
            : await session
                .jobFiles(options.job)
                .list(directory === "." ? undefined : directory, { signal: context.signal });
        await context.output.result(
          {
            resource: session.resource.id,
            ...(options.job !== undefined && { jobId: options.job }),
            directory,
            files,
          },
          () => (files.length === 0 ? "" : renderFiles(files, context.output.columns)),
        );
        if (files.length === 0) context.output.note("No files here.");
      }),
    );
}

function show(): Command {
  return new Command("show")
    .description("show one file's size and date")
    .argument("<path>", "path on the resource")
    .action((path: string, _options: object, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        const file = await session.files.stat(path, { signal: context.signal });
        await context.output.result({ resource: session.resource.id, file }, () =>
          renderFiles([file], context.output.columns),
        );
      }),
    );
}

function get(): Command {
  const command = new Command("get")
    .description("fetch one file; for the files of a job see `scarf download`")
    .argument("<path>", "path on the resource")
    .option("-o, --output <directory>", "where to write; - is standard output", ".");
  return addOverwriteOptions(command).action(
    (path: string, options: OverwriteOptions & { readonly output: string }) =>
      runCommand(command, async (context) => {
        const { downloadTo } = await import("scarf-tomo");
        const session = await context.session();
        const reading = await session.files.read(path, undefined, { signal: context.signal });
        if (options.output === "-") {
          for await (const chunk of reading.chunks) {
            if (!process.stdout.write(Buffer.from(chunk)))
              await new Promise((resolve) => process.stdout.once("drain", resolve));
          }
          return;
        }
        const progress = await context.progress(`Download ${basename(path)}`);
        const file = await downloadTo(reading, join(options.output, basename(path)), {
          overwrite: getOverwrite(options),
          signal: context.signal,
          onProgress: ({ bytesDone, bytesTotal }) => progress.update(bytesDone, bytesTotal),
        }).finally(() => progress.stop());
        await context.output.result({ resource: session.resource.id, file }, () => renderSafeLine(file.path));
      }),
  );
}

function makeDirectory(): Command {
  return new Command("mkdir")
    .description("make a directory")
    .argument("<directory>", "path on the resource")
    .action((path: string, _options: object, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        await session.files.makeDirectory(path, { signal: context.signal });
        await context.output.result({ resource: session.resource.id, directory: path }, () => "");
      }),
    );
}

function move(): Command {
  return new Command("move")
    .description("rename or move a file or directory")
    .argument("<from>", "path on the resource")
    .argument("<to>", "new path")
    .action((from: string, to: string, _options: object, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        await session.files.rename(from, to, { signal: context.signal });
        await context.output.result({ resource: session.resource.id, from, to }, () => "");
      }),
    );
}

function remove(): Command {
  return new Command("remove")
    .description("remove files; a directory goes with all that is in it")
    .argument("<paths...>", "paths on the resource")
    .action((paths: string[], _options: object, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        for (const path of paths) {
          await session.files.remove(path, { signal: context.signal });
          context.output.note(`Removed ${renderSafeLine(path)}.`);
        }
        await context.output.result({ resource: session.resource.id, removed: paths }, () => "");
      }),
    );
}

function checksum(): Command {
  return new Command("checksum")
    .description("print the SHA-256 of a file, computed on the resource")
    .argument("<path>", "path on the resource")
    .action((path: string, _options: object, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        const sha256 = await session.files.checksum(path, { signal: context.signal });
        await context.output.result(
          { resource: session.resource.id, path, sha256 },
          () => `${sha256}  ${renderSafeLine(path)}`,
        );
      }),
    );
}

function renderFiles(files: readonly RemoteFile[], columns: number | undefined): Promise<string> {
  return renderTable(
    [
      { heading: "NAME" },
      { heading: "SIZE", align: "right", whole: true },
      { heading: "CHANGED", whole: true },
    ],
    files.map((file) => [
      file.kind === "directory" ? `${file.name}/` : file.name,
      file.kind === "directory" ? "" : renderBytes(file.sizeBytes),
      file.modifiedAt ? renderInstant(file.modifiedAt) : "",
    ]),
    columns,
  );
}
