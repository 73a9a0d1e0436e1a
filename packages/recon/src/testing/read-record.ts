import type { ReconRecord } from "../pipeline/record.js";

/** Reads the record that the program wrote. */
export function readRecord(text: string): ReconRecord {
  const value: unknown = JSON.parse(text);
  if (!isRecord(value)) throw new Error(`Not a record of scarf-recon: ${text.slice(0, 80)}`);
  return value;
}

function isRecord(value: unknown): value is ReconRecord {
  return typeof value === "object" && value !== null && "program" in value && value.program === "scarf-recon";
}
