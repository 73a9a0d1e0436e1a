import { checkScan } from "../scan/check-scan.js";
import type { ReconErrorRecord } from "../errors/recon-error.js";
import type { FrameStack } from "../scan/frame-stack.js";
import { openScan } from "../scan/open-scan.js";
import type { Scan, ScanOptions } from "../scan/scan.js";
import { recogniseData } from "../pipeline/recognise-data.js";
import type { Reporter } from "./reporter.js";

/** What is in an input, and what is wrong with it: the answer of `inspect --json`. */
export interface Inspection {
  readonly path: string;
  readonly format: Scan["format"];
  readonly location: string;
  readonly storage: string;
  readonly data: string;
  readonly projections: number;
  readonly flats: number;
  readonly darks: number;
  readonly rows: number;
  readonly columns: number;
  readonly pixelSizeMetres: number | null;
  readonly angles: {
    readonly count: number;
    readonly firstDegrees: number;
    readonly lastDegrees: number;
    readonly source: string;
  } | null;
  readonly problems: readonly ReconErrorRecord[];
  readonly warnings: readonly string[];
}

/** Looks into an input without reconstructing. @throws {ReconError} it can't be opened at all. */
export async function inspect(path: string, options: ScanOptions): Promise<Inspection> {
  const scan = await openScan(path, options);
  try {
    const decision = await recogniseData(scan, "auto");
    const { problems, warnings } = checkScan(scan, decision.kind, options.dark === "none");
    const { projections, flats, darks, angles } = scan;
    const degrees = (radians: number | undefined): number =>
      Number((((radians ?? 0) * 180) / Math.PI).toFixed(4));
    const count = (stack: FrameStack | null): number => stack?.count ?? 0;
    return {
      path: scan.path,
      format: scan.format,
      location: scan.location,
      storage: scan.storage,
      data: decision.kind,
      projections: projections.count,
      flats: count(flats),
      darks: count(darks),
      rows: projections.rows,
      columns: projections.columns,
      pixelSizeMetres: scan.pixelSizeMetres,
      angles:
        angles === null
          ? null
          : {
              count: angles.radians.length,
              firstDegrees: degrees(angles.radians[0]),
              lastDegrees: degrees(angles.radians.at(-1)),
              source: angles.source,
            },
      problems: problems.map((problem) => problem.toJSON()),
      warnings: [...(decision.warning === null ? [] : [decision.warning]), ...warnings],
    };
  } finally {
    scan.close();
  }
}

/** `scarf-recon inspect`: 0 if the input can be reconstructed as it is, else the exit code for wrong data. */
export async function runInspect(
  path: string,
  options: ScanOptions,
  json: boolean,
  reporter: Reporter,
): Promise<number> {
  const found = await inspect(path, options);
  if (json) reporter.data(found);
  else for (const line of describe(found)) reporter.info(line);
  return found.problems.length > 0 ? 65 : 0;
}

function describe(found: Inspection): string[] {
  const { angles, pixelSizeMetres } = found;
  const lines = [
    found.path,
    `  format       ${found.format}, ${found.location}`,
    `  stored as    ${found.storage}`,
    `  frames       ${found.projections} projections, ${found.flats} flats, ${found.darks} darks; ${found.columns} columns × ${found.rows} rows`,
    `  angles       ${angles === null ? "none" : `${angles.count}, ${angles.firstDegrees}° … ${angles.lastDegrees}° (${angles.source})`}`,
    `  pixel size   ${pixelSizeMetres === null ? "not given" : `${Number((pixelSizeMetres * 1e6).toPrecision(6))} µm`}`,
    `  values       ${found.data}`,
  ];
  for (const warning of found.warnings) lines.push(`  note         ${warning}`);
  for (const { message, hint } of found.problems)
    lines.push(`  problem      ${message}`, `               ${hint}`);
  lines.push(found.problems.length === 0 ? "Ready to reconstruct." : "Not ready to reconstruct.");
  return lines;
}
