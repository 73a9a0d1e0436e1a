import { basename, extname } from "node:path";
import { Command, Option } from "commander";
import type { JobId, JobSpec, Session } from "scarf-tomo";
import { type CommandContext, quoteWord } from "../command-context.js";
import { parseCount, parseDuration, parseSize } from "../format/parse-quantity.js";
import { addOverwriteOptions, getOverwrite, type OverwriteOptions } from "../overwrite-options.js";
import {
  describeFetched,
  describeScan,
  fetchResults,
  placeScan,
  type ReconParameters,
  submitReconstruction,
} from "../reconstruction/reconstruction-steps.js";
import { watchReconstruction } from "../reconstruction/watch-reconstruction.js";
import { runCommand } from "../run-command.js";
import { Stages } from "../stages.js";
import { renderSafeLine } from "../terminal/safe-text.js";

interface ReconstructOptions extends OverwriteOptions {
  readonly output?: string;
  readonly there?: boolean;
  readonly to: string;
  readonly download: boolean;
  readonly name: string;
  readonly centre?: string;
  readonly rows?: string;
  readonly angles?: string;
  readonly window?: string;
  readonly format?: string;
  readonly picture?: string;
  readonly workers?: number;
  readonly queue?: string;
  readonly memory?: number;
  readonly time?: number;
}

export function reconstructCommand(): Command {
  const reconstruction = "Reconstruction:";
  const job = "The job:";
  const command = new Command("reconstruct")
    .description(
      "Reconstruct a scan: upload it, submit a job, watch it and download the slices, in one. A scan that is there already " +
        "with the same bytes is not sent again.",
    )
    .summary("upload, reconstruct and download in one")
    .argument("<file>", "the scan: NeXus NXtomo or Data Exchange HDF5, or a TIFF stack in one file")
    .option("-o, --output <directory>", "where the slices go (default: NAME_recon, after the scan)")
    .option("-t, --to <directory>", "directory on the resource for the scan", "scans")
    .option("--there", "the scan is a path on the resource already")
    .option("--no-download", "leave the slices on the resource")
    .addOption(
      new Option("--centre <column>", "column of the rotation axis in pixels (default: found)").helpGroup(
        reconstruction,
      ),
    )
    .addOption(new Option("--rows <start:end>", "only these detector rows").helpGroup(reconstruction))
    .addOption(
      new Option("--angles <first:last>", "in degrees, for scans that don't hold them").helpGroup(
        reconstruction,
      ),
    )
    .addOption(
      new Option("--window <name>", "filter window: ramp, shepp-logan, cosine, hamming or hann").helpGroup(
        reconstruction,
      ),
    )
    .addOption(new Option("--format <name>", "tiff slices, or hdf5 in one file").helpGroup(reconstruction))
    .addOption(
      new Option("--picture <name>", "also a PNG of the middle slice, of this name").helpGroup(
        reconstruction,
      ),
    )
    .addOption(
      new Option("--workers <count>", "threads, and cores of the job")
        .argParser(parseCount)
        .helpGroup(reconstruction),
    )
    .addOption(new Option("--name <name>", "name of the job").default("recon").helpGroup(job))
    .addOption(new Option("--queue <name>", "queue").helpGroup(job))
    .addOption(
      new Option("--memory <size>", "memory of the job, e.g. 8G").argParser(parseSize).helpGroup(job),
    )
    .addOption(
      new Option("--time <duration>", "the job is ended after so long, e.g. 2h")
        .argParser(parseDuration)
        .helpGroup(job),
    );
  return addOverwriteOptions(command).action((file: string, options: ReconstructOptions) =>
    runCommand(command, (context) => reconstruct(context, file, options)),
  );
}

async function reconstruct(
  context: CommandContext,
  file: string,
  options: ReconstructOptions,
): Promise<void> {
  const session = await context.session();
  const stages = new Stages(context);
  const directory = options.output ?? `${basename(file, extname(file))}_recon`;
  context.interrupts.advise("No job was submitted, and nothing incomplete stands under its name.");
  const input = options.there
    ? file
    : (
        await stages.run(
          "upload",
          () =>
            placeScan(context, session, file, {
              directory: options.to,
              overwrite: options.overwrite === true,
            }),
          describeScan,
        )
      ).path;
  const jobId = await stages.run(
    "submit",
    () => submitReconstruction(context, session, readForm(input, options), readJobFields(options)),
    (id) => `job ${id} on ${session.resource.id}`,
  );
  const takeUp = renderTakeUp(context, session, jobId, directory);
  context.interrupts.advise(`Job ${jobId} goes on. ${takeUp}`);
  const status = await stages.run(
    "watch",
    () => watchReconstruction(context, session, jobId),
    ({ outcome }) => outcome,
  );
  context.interrupts.advise(takeUp);
  const fetched = options.download
    ? await stages.run(
        "download",
        () => fetchResults(context, session, jobId, { directory, overwrite: getOverwrite(options) }),
        describeFetched,
      )
    : undefined;
  await context.output.result(
    {
      resource: session.resource.id,
      userName: session.userName,
      input,
      jobId,
      outcome: status.outcome,
      ...(status.exitCode !== undefined && { exitCode: status.exitCode }),
      stages: stages.done,
      ...(fetched && { directory, files: fetched.files }),
    },
    () => (fetched ? directory : jobId),
  );
  if (!fetched) context.output.note(takeUp);
}

function readForm(input: string, options: ReconstructOptions): ReconParameters {
  const { centre, rows, angles, window, format, picture, workers } = options;
  const form = {
    INPUT: input,
    CENTRE: centre,
    ROWS: rows,
    ANGLES: angles,
    WINDOW: window,
    FORMAT: format,
    PICTURE: picture,
    WORKERS: workers?.toString(),
  };
  return Object.fromEntries(
    Object.entries(form).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

function readJobFields({ name, queue, memory, time }: ReconstructOptions): Omit<JobSpec, "task"> {
  const resources = {
    ...(memory !== undefined && { memoryPerNodeBytes: memory }),
    ...(time !== undefined && { wallTimeSeconds: time }),
  };
  return {
    name,
    ...(queue !== undefined && { queue }),
    ...(Object.keys(resources).length > 0 && { resources }),
  };
}

function renderTakeUp(context: CommandContext, session: Session, jobId: JobId, directory: string): string {
  const target = context.hintOptions(session);
  return renderSafeLine(
    `Take it up with: scarf wait ${jobId} ${target} && scarf download ${jobId} -o ${quoteWord(directory)} --skip-existing ${target}`,
  );
}
