import type { JobProgress, RotationCentre } from "./reconstruction-report.js";

/** Reads a line `progress: stage=reconstruct done=16 total=128 rate=3.1/s left=36s`, as scarf-recon prints them; undefined for any other. */
export function parseProgressLine(line: string): JobProgress | undefined {
  const text = /^\s*progress: (.+?)\s*$/.exec(line)?.[1];
  if (text === undefined) return undefined;
  const pairs = new Map(
    text.split(" ").map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    }),
  );
  const step = pairs.get("stage") ?? "";
  const done = readNumber(pairs.get("done"), "");
  const total = readNumber(pairs.get("total"), "");
  if (step === "" || done === undefined || total === undefined) return undefined;
  const ratePerSecond = readNumber(pairs.get("rate"), "/s");
  const secondsLeft = readNumber(pairs.get("left"), "s");
  return {
    step,
    done,
    total,
    ...(ratePerSecond !== undefined && { ratePerSecond }),
    ...(secondsLeft !== undefined && { secondsLeft }),
  };
}

/** Reads the line `Centre of rotation: 511.50 (given). …` of scarf-recon. */
export function parseCentreLine(line: string): RotationCentre | undefined {
  const match = /^\s*Centre of rotation: (-?\d+(?:\.\d+)?)(?: \(([^)]*)\))?/.exec(line);
  if (match === null) return undefined;
  const [, pixels, how] = match;
  return { pixels: Number(pixels), ...(how !== undefined && { how }) };
}

function readNumber(text: string | undefined, unit: string): number | undefined {
  if (text === undefined || !text.endsWith(unit)) return undefined;
  const digits = text.slice(0, text.length - unit.length);
  return /^\d+(?:\.\d+)?$/.test(digits) ? Number(digits) : undefined;
}
