import { basename, join, resolve } from "node:path";
import { Command } from "commander";
import { type CommandContext, quoteWord } from "../command-context.js";
import type { DemoReport } from "../demo/demo-report.js";
import type { DemoOptions } from "../demo/run-demo.js";
import { renderDuration } from "../format/render-quantity.js";
import { runCommand } from "../run-command.js";

export function demoCommand(): Command {
  return new Command("demo")
    .description(
      "Show the whole journey on this machine: start a gateway, make a scan, and go the whole way over SCARF's web " +
        "service: log in, ping, upload, submit, watch, download, log out. Needs no network and leaves no process behind.",
    )
    .summary("show the whole journey on this machine")
    .option("--data <file>", "your own scan: NeXus NXtomo or Data Exchange HDF5, or a TIFF stack in one file")
    .option(
      "--out <directory>",
      "keep slices, picture and report.json there; it must be empty or not there yet",
    )
    .action((options: DemoOptions, command: Command) =>
      runCommand(command, (context) => demo(context, options)),
    );
}

async function demo(context: CommandContext, options: DemoOptions): Promise<void> {
  const { runDemo } = await import("../demo/run-demo.js");
  context.interrupts.advise("Nothing goes on: the demo has stopped all that it had started.");
  const report = await runDemo(context, {
    ...(options.data !== undefined && { data: fromUsersDirectory(options.data) }),
    ...(options.out !== undefined && { out: fromUsersDirectory(options.out) }),
  });
  const { writeFileAtomically } = await import("scarf-tomo");
  await writeFileAtomically(
    join(report.directory, "report.json"),
    `${JSON.stringify(report, undefined, 2)}\n`,
  );
  await showPicture(context, report);
  await context.output.result(report, () => renderSummary(report));
  await checkError(report);
  context.output.note(renderNextSteps(report, options));
}

async function showPicture(context: CommandContext, report: DemoReport): Promise<void> {
  const { canShowPictures, renderHalfBlocks } = await import("../demo/half-blocks.js");
  if (context.output.json || context.output.quiet || !canShowPictures()) return;
  const { listSlices } = await import("../demo/compare-with-phantom.js");
  const { readTiffSlice } = await import("scarf-tomo-recon");
  const slices = join(report.directory, "slices");
  const names = await listSlices(slices);
  const middle = names[Math.floor(names.length / 2)];
  if (middle === undefined) return;
  const { columns, rows, values } = await readTiffSlice(join(slices, middle));
  context.output.note(
    `\n${renderHalfBlocks({ width: columns, height: rows, values }, Math.min(64, context.output.statusLine.columns))}\n`,
  );
}

function renderSummary(report: DemoReport): string {
  const { job, slices, centre, trueCentre, rmse, rmseBound, totalSeconds } = report;
  const facts = [
    `Job ${job.id} ${job.outcome}: ${slices} slices, ${renderDuration(totalSeconds)} for the whole journey.`,
    centre === undefined
      ? undefined
      : `Centre of rotation found at ${centre.toFixed(2)} pixels${trueCentre === undefined ? "" : `; it is at ${trueCentre.toFixed(2)}`}.`,
    rmse === undefined || rmseBound === undefined
      ? undefined
      : `Error against the phantom (RMSE): ${rmse.toFixed(5)} per pixel, allowed ${rmseBound}.`,
    `Picture: ${report.picture}`,
    `Slices:  ${join(report.directory, "slices")}`,
  ];
  return facts.filter((fact) => fact !== undefined).join("\n");
}

/** @throws {TransferError} `TRANSFER_CORRUPT`: the slices are not those of the phantom. */
async function checkError({ rmse, rmseBound, picture }: DemoReport): Promise<void> {
  // Written so that a value that is no number is an error too.
  if (rmse === undefined || rmseBound === undefined || rmse < rmseBound) return;
  const { TransferError } = await import("scarf-tomo");
  throw new TransferError(
    "TRANSFER_CORRUPT",
    `The slices differ from the phantom by ${rmse.toFixed(5)}; ${rmseBound} is allowed.`,
    {
      hint: `Look at ${picture}, and please report this.`,
    },
  );
}

function renderNextSteps({ directory }: DemoReport, { data, out }: DemoOptions): string {
  const lines = ["", "Try next:"];
  if (data === undefined) lines.push("  npm run demo -- --data FILE       the same with a scan of your own");
  if (out === undefined)
    lines.push("  npm run demo -- --out DIRECTORY   keep the results in a place of your choice");
  const program = getOwnCommand();
  if (program !== "scarf") lines.push(`  alias scarf=${quoteWord(program)}`);
  lines.push(
    "  scarf submit -- COMMAND           any job on this machine, without a gateway",
    "  scarf serve                       a gateway to this machine that stays up",
    "  scarf login SCARF@STFC            the real one",
  );
  if (out === undefined)
    lines.push("", `The results are in ${directory}; remove them with: rm -r ${quoteWord(directory)}`);
  return lines.join("\n");
}

/** How this program was called, as a shell can call it again from anywhere. */
function getOwnCommand(): string {
  const path = process.argv[1] ?? "";
  return basename(path) === "scarf" ? "scarf" : `node ${quoteWord(path)}`;
}

/** `npm run` changes to the folder of the project, but paths are meant from where the user stands. */
function fromUsersDirectory(path: string): string {
  const { INIT_CWD, npm_lifecycle_event } = process.env;
  return resolve(npm_lifecycle_event === "demo" && INIT_CWD ? INIT_CWD : ".", path);
}
