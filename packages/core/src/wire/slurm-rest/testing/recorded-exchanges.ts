import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isSlurmApiVersion, type SlurmApiVersion } from "../api-versions.js";

/** One request to a real slurmrestd and its answer. */
export interface RecordedExchange {
  readonly label: string;
  /** Whose credentials, or in which way they were wrong. */
  readonly auth: string;
  readonly method: string;
  readonly path: string;
  readonly request?: unknown;
  readonly status: number;
  /** The body as it came, JSON or not. */
  readonly text: string;
}

/** All exchanges with one release of Slurm over one version of its interface. */
export interface Recording {
  /** E.g. `22.05.8`. */
  readonly release: string;
  readonly api: SlurmApiVersion;
  readonly exchanges: readonly RecordedExchange[];
}

/** Beside the checkout. */
const folder = fileURLToPath(
  new URL("../../../../../../../shared/testbeds/slurmrestd-samples", import.meta.url),
);

/** Everything that was recorded. Without it the tests can't run, and fail. */
export function readRecordings(): readonly Recording[] {
  return readdirSync(folder).flatMap((name) =>
    readdirSync(join(folder, name)).map((file) => {
      const api = file.replace(".jsonl", "");
      if (!isSlurmApiVersion(api)) throw new Error(`${file} is of a version that nobody knows`);
      const lines = readFileSync(join(folder, name, file), "utf8")
        .trimEnd()
        .split("\n");
      return { release: name.replace("slurm-", ""), api, exchanges: lines.map(readLine) };
    }),
  );
}

function readLine(line: string): RecordedExchange {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the recorder wrote
  const { body, text, ...rest } = JSON.parse(line) as Omit<RecordedExchange, "text"> & {
    readonly body?: unknown;
    readonly text?: string;
  };
  return { ...rest, text: body === undefined ? (text ?? "") : JSON.stringify(body) };
}
