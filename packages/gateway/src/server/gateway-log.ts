import { chmodSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { destination, type Logger, pino } from "pino";
import { GatewayMetrics } from "../operations/gateway-metrics.js";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";
import { RequestLines } from "./request-lines.js";
import { TurnLines } from "./turn-lines.js";

export interface GatewayLogs {
  readonly log: Logger;
  readonly requests: RequestLines;
  readonly metrics: GatewayMetrics;
  /** Who did what, when, from where, and with what success. One line for each act; no secrets in it. */
  readonly audit: Logger;
  /** Lines of the audit log that are written meanwhile go out at its end, in one write. */
  together(work: () => void): void;
  flush(): void;
  /** Opens the files again by their names: log rotation has renamed them. */
  reopen(): void;
}

/** Nothing of ours puts a secret into a log; this is the net below, for objects that come from elsewhere. */
const redact = {
  paths: [
    "password",
    "token",
    "cookie",
    "*.password",
    "*.token",
    "*.cookie",
    "*.authorization",
    "headers.cookie",
    "headers.authorization",
    "*.headers.cookie",
    "*.headers.authorization",
  ],
  censor: "[secret]",
};

export function openLogs(
  { log: { level, file, auditFile, auditQueries } }: Pick<GatewayConfiguration, "log">,
  given?: Logger,
): GatewayLogs {
  const files: ReturnType<typeof destination>[] = [];
  const openFile = (path: string): ReturnType<typeof destination> => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    keepPrivate(path);
    const opened = destination({ dest: path, mode: 0o600, sync: true, append: true });
    files.push(opened);
    tellFailures(opened, path);
    return opened;
  };
  // Lines of the audit log are put together of words of ours and names: nothing in them is looked through for secrets.
  const plain = { base: null, timestamp: renderTime };
  const options = { ...plain, level, redact };
  const lines =
    given === undefined
      ? new TurnLines(file === undefined ? destination({ fd: 2, sync: true }) : openFile(file))
      : undefined;
  const log = given ?? pino(options, lines);
  const auditLevel = auditQueries ? "debug" : "info";
  // Whatever else is shown: acts are always told.
  const sharedLevel = level === "silent" ? level : auditLevel;
  const auditLines = auditFile === undefined ? lines : new TurnLines(openFile(auditFile));
  const openAudit = (): Logger => {
    if (auditFile !== undefined) return pino({ ...plain, level: auditLevel }, auditLines?.atOnce());
    if (lines === undefined) return log.child({ audit: true }, { level: sharedLevel, redact: [] });
    return pino({ ...plain, level: sharedLevel, base: { audit: true } }, lines.atOnce());
  };
  const audit = openAudit();
  return {
    log,
    requests: new RequestLines(log),
    audit,
    metrics: new GatewayMetrics(),
    together: (work) => (auditLines === undefined ? work() : auditLines.together(work)),
    flush: () => {
      lines?.flushSync();
      log.flush();
      audit.flush();
    },
    reopen: () => {
      lines?.flushSync();
      for (const opened of files) opened.reopen();
    },
  };
}

/**
 * A log that can't be written, on a full disk, must end neither the program nor the answer to a request: the operator is told
 * on the standard error, once in a while.
 */
function tellFailures(opened: ReturnType<typeof destination>, path: string): void {
  let toldAt = -Infinity;
  opened.on("error", (error: Error) => {
    if (performance.now() - toldAt < 60_000) return;
    toldAt = performance.now();
    process.stderr.write(`The log ${path} can't be written: ${error.message}\n`);
  });
}

let renderedAt = 0;
let rendered = "";

/** Many lines have the same time. */
function renderTime(): string {
  const now = Date.now();
  if (now !== renderedAt) {
    renderedAt = now;
    rendered = `,"time":"${new Date(now).toISOString()}"`;
  }
  return rendered;
}

/** A file made by hand or by an older version may be readable by others. */
function keepPrivate(path: string): void {
  try {
    chmodSync(path, 0o600);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
