import { readdirSync } from "node:fs";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ErrorCode } from "scarf-tomo";
import { gatewayVersion } from "../version.js";

/** What is looked up only when somebody asks for the figures. */
export interface MeasuredState {
  sessions(): number;
  /** Chunks that wait for the rest of their file. */
  unfinishedUploads(): { readonly count: number; readonly sizeBytes: number };
  connections(): { readonly open: number; readonly receivedBytes: number; readonly sentBytes: number };
  /** Of the certificate in force. */
  certificateExpiresAt(): Date | undefined;
  /** By resource, as far as it was asked. */
  resourcesUp(): ReadonlyMap<string, boolean>;
  freeBytes(): number | undefined;
}

/** One request that was answered. Nothing in it names a user, a job or a file: labels must be few, and are read by others. */
export interface MeasuredRequest {
  readonly operation: string;
  readonly act: string | undefined;
  readonly outcome: ErrorCode | "ok";
  readonly seconds: number;
}

/** The figures of one gateway, in a registry of its own. */
export class GatewayMetrics {
  readonly #registry = new Registry();
  readonly #requests = this.#counter("requests_total", "Requests that were answered.", [
    "operation",
    "outcome",
  ]);
  readonly #logIns = this.#counter("log_ins_total", "Log-ins, by how they ended.", ["means", "outcome"]);
  readonly #jobs = this.#counter("jobs_submitted_total", "Jobs that a resource has taken.", []);
  readonly #refusedConnections = this.#counter("connections_refused_total", "Connections over a limit.", [
    "limit",
  ]);
  readonly #seconds = new Histogram({
    name: "scarf_gateway_request_seconds",
    help: "Time from a request's headers to its answer's.",
    labelNames: ["operation"],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
    registers: [this.#registry],
  });
  readonly #transfers = new Gauge({
    name: "scarf_gateway_transfers",
    help: "Uploads and downloads under way.",
    labelNames: ["direction"],
    registers: [this.#registry],
  });

  /** To be called once, when all that is measured is there. */
  measure(state: MeasuredState): void {
    const gauge = (name: string, help: string, read: () => number | undefined): void => {
      const made: Gauge = new Gauge({
        name,
        help,
        registers: [this.#registry],
        collect: () => {
          const value = read();
          if (value === undefined) made.reset();
          else made.set(value);
        },
      });
    };
    gauge("scarf_gateway_sessions", "Sessions that are open.", () => state.sessions());
    gauge(
      "scarf_gateway_unfinished_uploads",
      "Files of which chunks are missing.",
      () => state.unfinishedUploads().count,
    );
    gauge(
      "scarf_gateway_spool_bytes",
      "What unfinished uploads take.",
      () => state.unfinishedUploads().sizeBytes,
    );
    gauge("scarf_gateway_connections", "Connections that are open.", () => state.connections().open);
    gauge("scarf_gateway_free_disk_bytes", "Free on the disk of the state directory.", () =>
      state.freeBytes(),
    );
    gauge(
      "scarf_gateway_certificate_expires_timestamp_seconds",
      "When the certificate in force expires, in seconds since 1970.",
      () => toSeconds(state.certificateExpiresAt()),
    );
    this.#rising(
      "scarf_gateway_received_bytes_total",
      "Bytes from clients.",
      () => state.connections().receivedBytes,
    );
    this.#rising("scarf_gateway_sent_bytes_total", "Bytes to clients.", () => state.connections().sentBytes);
    const up: Gauge = new Gauge({
      name: "scarf_gateway_resource_up",
      help: "1 = the resource answered when it was last asked.",
      labelNames: ["resource"],
      registers: [this.#registry],
      collect: () => {
        for (const [resource, isUp] of state.resourcesUp()) up.set({ resource }, isUp ? 1 : 0);
      },
    });
    const info = new Gauge({
      name: "scarf_gateway_info",
      help: "Always 1; the label tells the version.",
      labelNames: ["version"],
      registers: [this.#registry],
    });
    info.set({ version: gatewayVersion }, 1);
    // prom-client's own set keeps observers of the whole process for each registry, and never lets them go.
    gauge("process_resident_memory_bytes", "Resident memory.", () => process.memoryUsage.rss());
    gauge(
      "nodejs_heap_size_used_bytes",
      "Memory of JavaScript objects.",
      () => process.memoryUsage().heapUsed,
    );
    gauge("process_start_time_seconds", "Start of the process, in seconds since 1970.", () =>
      Math.round(Date.now() / 1000 - process.uptime()),
    );
    gauge("process_open_fds", "Open files and connections.", countDescriptors);
    this.#rising("process_cpu_seconds_total", "Processor time.", () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6;
    });
  }

  count({ operation, act, outcome, seconds }: MeasuredRequest): void {
    this.#requests.inc({ operation, outcome });
    this.#seconds.observe({ operation }, seconds);
    if (act === "log-in") this.countLogIn("password", outcome);
  }

  /** @param means - `password`, `bearer`, `certificate`. */
  countLogIn(means: string, outcome: string): void {
    this.#logIns.inc({ means, outcome });
  }

  countSubmittedJob(): void {
    this.#jobs.inc();
  }

  countRefusedConnection(limit: string): void {
    this.#refusedConnections.inc({ limit });
  }

  /** @returns to be called at its end, once. */
  beginTransfer(direction: "upload" | "download"): () => void {
    this.#transfers.inc({ direction });
    return () => this.#transfers.dec({ direction });
  }

  /** In the text format of Prometheus. */
  async render(): Promise<{ readonly contentType: string; readonly text: string }> {
    return { contentType: this.#registry.contentType, text: await this.#registry.metrics() };
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({
      name: `scarf_gateway_${name}`,
      help,
      labelNames: [...labelNames],
      registers: [this.#registry],
    });
  }

  /** A sum that is kept elsewhere. */
  #rising(name: string, help: string, read: () => number): void {
    const made: Counter = new Counter({
      name,
      help,
      registers: [this.#registry],
      collect: () => {
        made.reset();
        made.inc(read());
      },
    });
  }
}

function toSeconds(date: Date | undefined): number | undefined {
  return date === undefined ? undefined : Math.floor(date.getTime() / 1000);
}

function countDescriptors(): number | undefined {
  return process.platform === "linux" ? readdirSync("/proc/self/fd").length : undefined;
}
