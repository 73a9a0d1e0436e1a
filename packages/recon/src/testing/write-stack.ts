import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderTiff } from "../output/tiff-writer.js";
import type { PhantomScan } from "../phantom/phantom-scan.js";

/** Writes a scan as IMAT does: folders of TIFF images, numbers that outgrow their width, and a log with the angles. */
export function writeStack(
  folder: string,
  scan: PhantomScan,
  options: { readonly log?: boolean } = {},
): void {
  const { columns, rows, anglesDegrees } = scan;
  const write = (kind: string, index: number, frame: Uint16Array): void => {
    mkdirSync(join(folder, kind), { recursive: true });
    // One digit only: sorted as text, frame 10 would come before frame 2.
    writeFileSync(
      join(folder, kind, `IMAT_${kind}_${index}.tif`),
      Buffer.concat(renderTiff(frame, columns, rows)),
    );
  };
  for (const i of anglesDegrees.keys()) write("Tomo", i, scan.projection(i));
  const half = Math.ceil(scan.fieldFrames / 2);
  for (let i = 0; i < scan.fieldFrames; i++) {
    write(i < half ? "Flat_Before" : "Flat_After", i, scan.flat(i));
    write("Dark_Before", i, scan.dark(i));
  }
  if (options.log === false) return;
  const lines = Array.from(
    anglesDegrees,
    (angle, i) =>
      `Sun Feb 10 00:22:04 2019   Projection:  ${i}  angle: ${angle}   Monitor 3 before:  1   Monitor 3 after:  2`,
  );
  writeFileSync(
    join(folder, "TomoIMAT00000001_Phantom_log.txt"),
    [
      " TIME STAMP  IMAGE TYPE   IMAGE COUNTER",
      "",
      "Sun Feb 10 00:00:00 2019   Radiography:  0   Monitor 3 before: 5",
      ...lines,
    ].join("\n"),
  );
}
