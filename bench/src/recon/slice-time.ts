import { fileURLToPath } from "node:url";
import type { Engine, Method } from "scarf-tomo-recon";
import * as z from "zod/mini";
import { findPython } from "../harness/programs.js";
import { runProcess } from "../harness/run-process.js";

const ours = fileURLToPath(new URL("./reconstruct-main.js", import.meta.url));
const stage = fileURLToPath(new URL("./stage-main.js", import.meta.url));
const peers = fileURLToPath(new URL("../../peers/", import.meta.url));

/** What a process that reconstructs tells: processor time of one slice. */
const sliceReport = z.object({ milliseconds: z.number() });
export type SliceReport = z.infer<typeof sliceReport>;

export interface SliceSize {
  readonly columns: number;
  readonly angles: number;
}

export function nameSize({ columns, angles }: SliceSize): string {
  return `${columns}² / ${angles}`;
}

/** Processor time of one slice with our program, in milliseconds: the median of some rounds in a process of its own. */
export async function sliceTime(
  method: Method,
  engine: Engine,
  { columns, angles }: SliceSize,
  rounds = 3,
): Promise<number> {
  const args = [ours, method, engine, String(columns), String(angles), String(rounds)];
  const { output } = await runProcess(process.execPath, args);
  return readReport(output);
}

/** Processor time of one stage for one sinogram, likewise. */
export async function stageTime(
  name: "attenuation" | "stripes",
  engine: Engine,
  { columns, angles }: SliceSize,
): Promise<number> {
  const args = [stage, name, engine, String(columns), String(angles)];
  return readReport((await runProcess(process.execPath, args)).output);
}

/** The same with scikit-image (`iradon`, linear interpolation) or silx (on PoCL: processor time of all cores together). */
export async function peerSliceTime(
  peer: "skimage" | "silx",
  { columns, angles }: SliceSize,
): Promise<number> {
  const python = findPython(peer === "skimage" ? "skimage.transform" : "silx.opencl.backprojection");
  const args = [`${peers}${peer}-slice.py`, String(columns), String(angles)];
  const { output } = await runProcess(python, args);
  return readReport(output);
}

/** The last line: silx tells before what it would like to have. */
function readReport(output: string): number {
  return sliceReport.parse(JSON.parse(output.trim().split("\n").at(-1) ?? "")).milliseconds;
}
