import { isJsonObject, type JsonObject, parseJsonObject } from "../json-object.js";
import { readRestNumber, readRestObject, readRestObjects, readRestText } from "./rest-values.js";

/** One thing that slurmrestd says went wrong. It has three shapes for it, mixed within one release. */
export interface SlurmRestError {
  /** Slurm's own number, e.g. 2017; undefined where the answer has none, or 0, which v0.0.36 always has. */
  readonly code?: number;
  readonly message: string;
}

/** The frame that every answer in JSON has. */
export interface SlurmRestAnswer {
  readonly body: JsonObject;
  readonly errors: readonly SlurmRestError[];
  readonly warnings: readonly string[];
  /** Release of Slurm that answers, e.g. `22.05.8`. */
  readonly release?: string;
}

/** @throws {WireFormatError} it is no JSON object. */
export function parseSlurmRestAnswer(text: string): SlurmRestAnswer {
  const body = parseJsonObject(text);
  const meta = readRestObject(body["meta"]);
  const slurm = readRestObject(meta["slurm"] ?? meta["Slurm"]);
  const release = readRestText(slurm["release"]);
  return {
    body,
    errors: readRestObjects(body["errors"]).map(readError),
    warnings: readRestObjects(body["warnings"]).flatMap((one) => readRestText(one["description"]) ?? []),
    ...(release !== undefined && { release }),
  };
}

/** Slurm's numbers that decide what to do next; the rest is for people. */
export const slurmErrorNumbers = {
  accessDenied: 2002,
  invalidJobId: 2017,
  alreadyDone: 2021,
  held: 2042,
  accountingPolicy: 2050,
  notPending: 2022,
  jobFinished: 2084,
  invalidPartition: 2000,
  authentication: 1007,
  /** Nobody was reached, so nothing was sent. */
  controllerUnreachable: 1800,
  /** It was sent, and no answer came. */
  answerLost: 1802,
  tryAgain: 11,
  nothingFound: 9003,
  databaseUnreachable: 7000,
  timedOut: 5004,
  zeroBytes: 5005,
  unspecified: -1,
} as const;

function readError(error: JsonObject): SlurmRestError {
  const said = readRestText(error["error"]);
  const description = readRestText(error["description"]);
  const message = [...new Set([said, description])]
    .filter((text) => text !== undefined && text !== "Unspecified error" && text !== "No error")
    .join(": ");
  const number = [error["error_number"], error["error_code"], error["errno"]]
    .map(readRestNumber)
    .find((one) => one !== undefined && one !== 0);
  const code = number ?? codeInText(message);
  return {
    message: message === "" ? (said ?? description ?? "no reason is given") : message,
    ...(code !== undefined && { code }),
  };
}

/** v0.0.36 says it in words only. */
const words: readonly (readonly [pattern: RegExp, code: number])[] = [
  [/Invalid job id specified|_handle_job_get: unknown job /, slurmErrorNumbers.invalidJobId],
  [/Access\/permission denied/, slurmErrorNumbers.accessDenied],
  [/Unable to contact slurm controller \(connect failure\)/, slurmErrorNumbers.controllerUnreachable],
  [/Unable to contact slurm controller/, slurmErrorNumbers.answerLost],
  [/Socket timed out on send\/recv/, slurmErrorNumbers.timedOut],
  [/Zero Bytes were transmitted|Unknown error 5005/, slurmErrorNumbers.zeroBytes],
  [/Job\/step already completing or completed/, slurmErrorNumbers.alreadyDone],
  [/Job has already finished/, slurmErrorNumbers.jobFinished],
];

function codeInText(message: string): number | undefined {
  return words.find(([pattern]) => pattern.test(message))?.[1];
}

/** What became of one request to kill a job, where the answer tells (v0.0.42 and later). */
export function readCancelCode(body: JsonObject): number | undefined {
  for (const one of readRestObjects(body["status"])) {
    const error = one["error"];
    const code = isJsonObject(error) ? readRestNumber(error["code"]) : undefined;
    if (code !== undefined && code !== 0) return code;
  }
  return undefined;
}

/** True for the answer that says that nothing has changed since the instant asked about; its empty list means nothing. */
export function isUnchanged(httpStatus: number, { warnings }: Pick<SlurmRestAnswer, "warnings">): boolean {
  return httpStatus === 304 || warnings.some((text) => text.startsWith("No job changes since update_time"));
}

/** Seconds since 1970 on the controller's clock, from `diag`. */
export function readControllerSeconds(body: JsonObject): number | undefined {
  return readRestNumber(readRestObject(body["statistics"])["req_time"]);
}

/** Whether a controller answers, from `ping`; undefined = the answer doesn't tell. */
export function readControllerIsUp(body: JsonObject): boolean | undefined {
  const pings = readRestObjects(body["pings"]);
  if (pings.length === 0) return undefined;
  return pings.some((one) => one["responding"] === true || one["pinged"] === "UP" || one["ping"] === "UP");
}
