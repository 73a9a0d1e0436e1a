import type { Queue } from "../../model/index.js";
import { readWsRecords, renderWsDocument, type WsElement } from "./ws-document.js";
import type { WsFormat } from "./ws-format.js";

/**
 * Answer of `queues`, in a form of our own: nothing is known of IBM's but that it exists. What the resource does not tell is
 * left out.
 */
export function renderQueues(queues: readonly Queue[], format: WsFormat): string {
  const all = queues.map((queue) =>
    known({
      cores: queue.totalCores,
      default: queue.isDefault ? "yes" : "no",
      maxNodes: queue.maxNodes,
      name: queue.name,
      numPend: queue.queuedJobs,
      numRun: queue.runningJobs,
      runLimit: queue.maxWallTimeSeconds,
      status: queue.acceptsJobs ? "Open" : "Closed",
    }),
  );
  return renderWsDocument("queues", { "@total": String(all.length), queue: all }, format);
}

/** Reads it. Queues without a name are left out. @throws {WireFormatError} */
export function parseQueues(body: string): readonly Queue[] {
  return readWsRecords(body, "queue").flatMap((record): readonly Queue[] => {
    const name = record.get("name")?.trim() ?? "";
    if (name === "") return [];
    const numbers = {
      totalCores: readNumber(record.get("cores")),
      maxNodes: readNumber(record.get("maxNodes")),
      queuedJobs: readNumber(record.get("numPend")),
      runningJobs: readNumber(record.get("numRun")),
      maxWallTimeSeconds: readNumber(record.get("runLimit")),
    };
    const given = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
    return [
      {
        name,
        isDefault: record.get("default") === "yes",
        acceptsJobs: record.get("status") !== "Closed",
        ...given,
      },
    ];
  });
}

/** A machine that jobs were seen on. */
export interface WsHost {
  readonly name: string;
  readonly runningJobs: number;
}

/** Answer of `hosts`, ours. */
export function renderHosts(hosts: readonly WsHost[], format: WsFormat): string {
  const all = hosts.map(({ name, runningJobs }): WsElement => ({ name, numRun: runningJobs }));
  return renderWsDocument("hosts", { "@total": String(all.length), host: all }, format);
}

/** What `clusters/local` tells. */
export interface WsCluster {
  readonly name: string;
  /** `local`, `pac` …: what stands behind the service. */
  readonly kind: string;
  /** As its own ping says. */
  readonly status: string;
  readonly version: string;
}

/** Answer of `clusters/local`, ours. */
export function renderCluster({ name, kind, status, version }: WsCluster, format: WsFormat): string {
  return renderWsDocument("cluster", { kind, name, status, version }, format);
}

function known(fields: Readonly<Record<string, string | number | undefined>>): WsElement {
  const all: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) all[name] = value;
  return all;
}

function readNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text.trim()) ? Number(text) : undefined;
}
