import { basename, extname } from "node:path";
import { Command, Option } from "commander";
import type { ReconstructionReport, Session } from "scarf-tomo";
import { type CommandContext, quoteWord } from "../command-context.js";
import { collectAssignment, parseCount, parseDuration, parseSize } from "../format/parse-quantity.js";
import { addOverwriteOptions, getOverwrite, type OverwriteOptions } from "../overwrite-options.js";
import { ReconstructionDisplay } from "../reconstruction/reconstruction-display.js";
import { toStatusDocument } from "../render-status.js";
import { runCommand } from "../run-command.js";
import { Stages } from "../stages.js";
import { renderSafeLine } from "../terminal/safe-text.js";
import { UsageError } from "../usage-error.js";

interface ReconstructOptions extends OverwriteOptions {
  readonly output?: string;
  readonly to?: string;
  readonly replaceScan?: boolean;
  readonly job?: string;
  readonly application?: string;
  readonly param?: Readonly<Record<string, string>>;
  readonly centre?: string;
  readonly rows?: string;
  readonly angles?: string;
  readonly window?: string;
  readonly format?: string;
  readonly picture?: string;
  readonly workers?: number;
  readonly name?: string;
  readonly queue?: string;
  readonly memory?: number;
  readonly time?: number;
}

export function reconstructCommand(): Command {
  const command = new Command("reconstruct")
    .description(
      "Reconstruct a scan: upload it, submit a job, watch it and download the slices, in one. A scan that is there already " +
        "with the same bytes is not sent again.",
    )
    .summary("upload, reconstruct and download in one")
    .argument("<file>", "the scan: NeXus NXtomo or Data Exchange HDF5, or a TIFF stack in one file")
    .option("-o, --output <directory>", "where the slices go (default: NAME_recon, after the scan)")
    .option("-t, --to <directory>", "directory on the resource for the scan (default: scans)")
    .option("--replace-scan", "replace another scan of the same name there")
    .option("--job <id>", "take up a job that was submitted before: watch and download only");
  const groups: readonly (readonly [heading: string, options: readonly Option[]])[] = [
    [
      "Reconstruction:",
      [
        new Option("--centre <column>", "column of the rotation axis in pixels (default: found)"),
        new Option("--rows <start:end>", "only these detector rows"),
        new Option("--angles <first:last>", "in degrees, for scans that don't hold them"),
        new Option(
          "--window <name>",
          "filter window: shepp-logan (default), ramlak, cosine, hamming or hann",
        ),
        new Option("--format <name>", "tiff (default), or h5: all slices in one file"),
        new Option("--picture <name>", "also a PNG of the middle slice, of this name"),
        new Option("--workers <count>", "threads, and cores of the job").argParser(parseCount),
        new Option("--application <name>", "another application than recon"),
        new Option(
          "--param <key=value>",
          "any other field of its form; may be given several times",
        ).argParser(collectAssignment),
      ],
    ],
    [
      "The job:",
      [
        new Option("--name <name>", "name of the job"),
        new Option("--queue <name>", "queue"),
        new Option("--memory <size>", "memory of the job, e.g. 8G").argParser(parseSize),
        new Option("--time <duration>", "the job is ended after so long, e.g. 2h").argParser(parseDuration),
      ],
    ],
  ];
  for (const [heading, options] of groups) {
    for (const option of options) command.addOption(option.helpGroup(heading));
  }
  return addOverwriteOptions(command).action((file: string, options: ReconstructOptions) =>
    runCommand(command, (context) => reconstruct(context, file, options)),
  );
}

async function reconstruct(
  context: CommandContext,
  file: string,
  options: ReconstructOptions,
): Promise<void> {
  const parameters = readForm(options);
  const { ApplicationCatalogue, reconstructScan } = await import("scarf-tomo");
  const { configuration, journal } = await context.client();
  const session = await context.session();
  const directory = options.output ?? `${basename(file, extname(file))}_recon`;
  const advise = (jobId: string) =>
    context.interrupts.advise(renderAdvice(context, session, { file, jobId, directory }));
  if (options.job === undefined) {
    context.interrupts.advise(
      "No job was submitted; on the resource nothing incomplete stands under the scan's name.",
    );
  } else advise(options.job);
  const display = await ReconstructionDisplay.create(context, new Stages(context));
  let report: ReconstructionReport;
  try {
    report = await reconstructScan(
      session,
      file,
      {
        directory,
        overwrite: getOverwrite(options),
        parameters,
        applications: await ApplicationCatalogue.load(configuration.applicationDirectories),
        journal,
        signal: context.signal,
        ...(options.job !== undefined && { jobId: options.job }),
        ...(options.application !== undefined && { application: options.application }),
        ...(options.to !== undefined && { remoteDirectory: options.to }),
        ...(options.replaceScan !== undefined && { replaceScan: options.replaceScan }),
        ...readJobFields(options),
      },
      (event) => {
        if (event.kind === "submitted") advise(event.jobId);
        display.handle(event);
      },
    );
  } catch (error) {
    display.fail(error);
    throw error;
  }
  context.interrupts.advise(undefined);
  await printReport(context, report);
}

async function printReport(
  context: CommandContext,
  { status, ...report }: ReconstructionReport,
): Promise<void> {
  const { resourceId, ...rest } = report;
  await context.output.result(
    { resource: resourceId, ...rest, ...toStatusDocument(status) },
    () => report.directory,
  );
  const centre = report.centre ? ` Centre of rotation: ${report.centre.pixels.toFixed(2)} pixels.` : "";
  context.output.note(`${report.files.length} files in ${renderSafeLine(report.directory)}.${centre}`);
}

/** Our options are fields of the application `recon`; another application has its own. */
function readForm(options: ReconstructOptions): Record<string, string> {
  const { centre, rows, angles, window, format, picture, workers } = options;
  const form = {
    CENTRE: centre,
    ROWS: rows,
    ANGLES: angles,
    WINDOW: window,
    FORMAT: format,
    PICTURE: picture,
    WORKERS: workers?.toString(),
  };
  const given = Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const [first] = given;
  if (first && options.application !== undefined) {
    throw new UsageError(
      `--${first[0].toLowerCase()} is an option of the application recon.`,
      `Fields of ${options.application} are given by --param.`,
    );
  }
  return { ...Object.fromEntries(given), ...options.param };
}

function readJobFields({ name, queue, memory, time }: ReconstructOptions) {
  const resources = {
    ...(memory !== undefined && { memoryPerNodeBytes: memory }),
    ...(time !== undefined && { wallTimeSeconds: time }),
  };
  return {
    ...(name !== undefined && { jobName: name }),
    ...(queue !== undefined && { queue }),
    ...(Object.keys(resources).length > 0 && { resources }),
  };
}

function renderAdvice(
  context: CommandContext,
  session: Session,
  { file, jobId, directory }: { file: string; jobId: string; directory: string },
): string {
  const words = ["scarf", "reconstruct", file, "--job", jobId, "-o", directory].map(quoteWord).join(" ");
  return renderSafeLine(
    `Job ${jobId} goes on. Take it up with: ${words} --skip-existing ${context.hintOptions(session)}`,
  );
}
