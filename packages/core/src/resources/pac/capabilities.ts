import type { Capabilities } from "../../model/index.js";
import type { PacGeneration } from "./pac-wire.js";

/** What the legacy service can do by itself. */
export const servicesOwn: Capabilities = {
  password: true,
  applicationForms: true,
  arrays: true,
  dependencies: true,
  hold: true,
  suspend: true,
  requeue: true,
  beginAt: false,
  queues: false,
  userCommands: true,
  submitOnce: false,
  preciseOutcomes: false,
  fileBrowsing: false,
  byteRanges: false,
  exclusiveWrite: false,
  checksums: false,
};

/** What only the current generation has words for. */
const currentOnly: ReadonlySet<string> = new Set(["queues"]);

/** What this client can do when our gateway is at the other end, provided the resource behind it can. */
const withGateway: Capabilities = {
  ...servicesOwn,
  beginAt: true,
  submitOnce: true,
  preciseOutcomes: true,
  byteRanges: true,
  exclusiveWrite: true,
  queues: true,
};

/** The gateway takes forms and passwords whatever is behind it; these two are not the other resource's to declare. */
const gatewaysOwn: ReadonlySet<string> = new Set(["password", "applicationForms"]);

/**
 * Capabilities of a session behind our gateway.
 * @param declared - comma list of what the resource behind it can do.
 */
export function gatewayCapabilities(declared: string, generation: PacGeneration): Capabilities {
  const names = new Set(declared.split(",").map((name) => name.trim()));
  const capabilities: Record<keyof Capabilities, boolean> = { ...withGateway };
  for (const name of capabilityNames) {
    const hasWords = withGateway[name] && (generation === "current" || !currentOnly.has(name));
    capabilities[name] = hasWords && (gatewaysOwn.has(name) || names.has(name));
  }
  return capabilities;
}

const capabilityNames = [
  "password",
  "applicationForms",
  "arrays",
  "dependencies",
  "hold",
  "suspend",
  "requeue",
  "beginAt",
  "queues",
  "userCommands",
  "submitOnce",
  "preciseOutcomes",
  "fileBrowsing",
  "byteRanges",
  "exclusiveWrite",
  "checksums",
] as const satisfies readonly (keyof Capabilities)[];
