import { ReconError } from "../errors/recon-error.js";

/** The angle of each projection, and where it was found. */
export interface ScanAngles {
  readonly radians: Float64Array;
  /** In words: a file, a path in a file, or "--max-angle 360". */
  readonly source: string;
  readonly notes: readonly string[];
}

const DEGREE = Math.PI / 180;
const DEGREE_WORDS = new Set(["deg", "degree", "degrees", "°"]);
const RADIAN_WORDS = new Set(["rad", "radian", "radians"]);

/**
 * Angles as written, with the unit as written, to radians.
 *
 * A unit that contradicts the numbers is refused: 0 … 3.14 "degrees" is a scan in radians whose unit is wrong, and a
 * reconstruction of it would look almost like one. Without a unit, numbers that span no more than a full turn in radians are taken as
 * radians, with a note; else as degrees.
 *
 * @param unit - what the file or the user says; undefined where nothing does.
 * @throws {ReconError} `ANGLES_UNIT` - unknown word, or the numbers contradict it; `VALUES_INVALID` - NaN among them.
 */
export function toRadians(values: ArrayLike<number>, unit: string | undefined, source: string): ScanAngles {
  let lowest = Infinity;
  let highest = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? Number.NaN;
    if (!Number.isFinite(value)) {
      throw new ReconError(
        "VALUES_INVALID",
        `${source}: angle ${i + 1} of ${values.length} is not a number.`,
        "Give the angles yourself with --angles FILE (one number per line, in degrees).",
      );
    }
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  const span = highest - lowest;
  const word = unit?.trim().toLowerCase();
  const notes: string[] = [];
  let isRadians: boolean;
  if (word === undefined || word === "") {
    isRadians = values.length > 10 && span <= 2 * Math.PI + 0.01;
    if (isRadians) {
      notes.push(
        `${source} has no unit; ${lowest.toFixed(4)} … ${highest.toFixed(4)} is taken as radians (else: --angle-unit deg).`,
      );
    }
  } else if (DEGREE_WORDS.has(word)) isRadians = false;
  else if (RADIAN_WORDS.has(word)) isRadians = true;
  else {
    throw new ReconError(
      "ANGLES_UNIT",
      `${source}: the unit of the angles is "${unit}", which is neither degrees nor radians.`,
      "Say which it is with --angle-unit deg or --angle-unit rad.",
    );
  }
  if (word !== undefined && word !== "") checkUnit(values.length, lowest, highest, isRadians, source);
  const factor = isRadians ? 1 : DEGREE;
  return {
    radians: Float64Array.from({ length: values.length }, (_, i) => (values[i] ?? 0) * factor),
    source,
    notes,
  };
}

/** Refuses a unit that makes nonsense of the numbers: a scan of 3 degrees, or of more than four turns. */
function checkUnit(count: number, lowest: number, highest: number, isRadians: boolean, source: string): void {
  if (count < 10) return;
  const span = highest - lowest;
  const full = span * (count / (count - 1));
  const isHalfOrFullTurn = [Math.PI, 2 * Math.PI].some(
    (turn) => Math.abs(full - turn) < turn * 0.02 || Math.abs(span - turn) < turn * 0.02,
  );
  const range = `${lowest.toFixed(4)} … ${highest.toFixed(4)}`;
  if (!isRadians && isHalfOrFullTurn) {
    throw new ReconError(
      "ANGLES_UNIT",
      `${source} says degrees, but the angles run over ${range}: that is a turn in radians.`,
      "If they are radians, say --angle-unit rad; if the scan really covers so little, it can't be reconstructed.",
    );
  }
  if (isRadians && span > 8 * Math.PI + 0.1) {
    throw new ReconError(
      "ANGLES_UNIT",
      `${source} says radians, but the angles run over ${range}, ${(span / 2 / Math.PI).toFixed(1)} turns.`,
      "If they are degrees, say --angle-unit deg.",
    );
  }
}

/**
 * Reads a text file of angles: the first number of each line; empty lines and lines that start with `#` don't count.
 *
 * @throws {ReconError} `INPUT_FORMAT` - a line without a number, named by its number.
 */
export function parseAngleText(text: string, path: string): Float64Array {
  const angles: number[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const word = trimmed.split(/[\s,;]+/)[0] ?? "";
    const value = Number(word);
    if (!Number.isFinite(value)) {
      throw new ReconError(
        "INPUT_FORMAT",
        `${path}, line ${index + 1}: "${trimmed.slice(0, 40)}" does not start with a number.`,
        "A file of angles has one angle per line, in the order of the projections; # starts a comment.",
      );
    }
    angles.push(value);
  }
  return Float64Array.from(angles);
}

/** Equal steps from `first`; `last` is the angle of the last projection, or (`endpoint` false) of the one after it. */
export function equalSteps(count: number, first: number, last: number, endpoint: boolean): Float64Array {
  const steps = endpoint ? count - 1 : count;
  return Float64Array.from({ length: count }, (_, i) =>
    steps === 0 ? first : first + ((last - first) * i) / steps,
  );
}

/** Reads `A:B` of `--angles`; null for anything else (a file name). */
export function parseAngleRange(text: string): { readonly first: number; readonly last: number } | null {
  const match = /^(-?\d+(?:\.\d+)?):(-?\d+(?:\.\d+)?)$/.exec(text);
  if (match === null) return null;
  return { first: Number(match[1]), last: Number(match[2]) };
}
