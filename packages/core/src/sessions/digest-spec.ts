import { createHash } from "node:crypto";
import type { JobSpec } from "../model/index.js";

/** SHA-256 (hex) over what a job spec says. Attachments count by name and size: their bytes may be many. */
export function digestSpec({ attachments = [], ...spec }: JobSpec): string {
  const files = attachments.map(({ name, source }) => [name, source.sizeBytes]);
  return createHash("sha256")
    .update(canonical({ ...spec, files }))
    .digest("hex");
}

/** JSON with the keys in order, and without those that are undefined. */
function canonical(value: unknown): string {
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(",")}}`;
}
