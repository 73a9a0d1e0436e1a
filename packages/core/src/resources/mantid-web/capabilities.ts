import type { Capabilities } from "../../model/index.js";

/** What the interface has by itself. */
export const interfacesOwn: Capabilities = {
  password: true,
  applicationForms: false,
  arrays: false,
  dependencies: false,
  hold: false,
  suspend: false,
  requeue: false,
  beginAt: false,
  queues: false,
  userCommands: false,
  submitOnce: false,
  preciseOutcomes: false,
  fileBrowsing: false,
  byteRanges: false,
  exclusiveWrite: false,
  checksums: false,
};

/** With our gateway at the other end, provided the resource behind it can. @param declared - comma list of what that one can do */
export function withGateway(declared: string): Capabilities {
  const names = new Set(declared.split(",").map((name) => name.trim()));
  return {
    ...interfacesOwn,
    submitOnce: names.has("submitOnce"),
    preciseOutcomes: names.has("preciseOutcomes"),
    byteRanges: names.has("byteRanges"),
    exclusiveWrite: names.has("exclusiveWrite"),
  };
}
