/** Versions of slurmrestd's interface that we know, oldest first. */
export const slurmApiVersions = [
  "v0.0.36",
  "v0.0.37",
  "v0.0.38",
  "v0.0.39",
  "v0.0.40",
  "v0.0.41",
  "v0.0.42",
  "v0.0.43",
  "v0.0.44",
  "v0.0.45",
] as const;

/** E.g. `v0.0.40`. Each release of Slurm serves three or four of them. */
export type SlurmApiVersion = (typeof slurmApiVersions)[number];

/**
 * How the versions differ in what we send and in what an answer means, in one table. What an answer can look like is read in
 * every form by every reader, because one release mixes them. Seen on 22.05.8, 23.11.11, 24.11.5 and 26.05.5.
 */
export interface SlurmDialect {
  readonly version: SlurmApiVersion;
  /** v0.0.36 sends `user_name` empty. */
  readonly tellsUserNames: boolean;
  /** The environment as `{"K": "V"}`, else refused; later as `["K=V"]`. */
  readonly environment: "object" | "list";
  /** Numbers of a submission as they are, or as `{"set": true, "number": n}`. */
  readonly numbers: "plain" | "set";
  /** Key that names the nodes to run on. The other one is refused, or, worse, ignored. */
  readonly nodesKey: "nodelist" | "required_nodes";
  /** Key of the nodes to keep off, and how they are listed. */
  readonly excludedKey: "exclude_nodes" | "excluded_nodes";
  /** `gres` is ignored from v0.0.39 on. */
  readonly gpus: "gres" | "tres_per_node";
  /** How a node is asked for without other jobs. */
  readonly exclusive: "exclusive" | "shared";
  /** Key of the number of nodes: one number (`[least, most]` is ignored by 22.05), or least and most by themselves. */
  readonly nodeCount: "nodes" | "minimum_nodes";
  /** An instant as a text that the option `--begin` takes, which knows epoch seconds as `uts1795624778`, or as a number. */
  readonly beginTime: "text" | "number";
  /** `END,FAIL` or a list. */
  readonly mailTypes: "text" | "list";
  /** Whether a list can be asked for only if it has changed since an instant (epoch seconds). v0.0.40 and 41 take only a date in the server's zone. */
  readonly changedSince: boolean;
  /** `GET jobs/state`: ids and state words only. */
  readonly jobStates: boolean;
  /** Exit codes of slurmdb's endpoints are right; before, every code is told as 0. */
  readonly accountingExitCodes: boolean;
  /** `DELETE job/ID` tells in its answer whether it did anything. Otherwise the job must be looked at. */
  readonly cancelTells: boolean;
  /** An unknown key of a submission is refused, else ignored in silence or with a warning. */
  readonly refusesUnknownKeys: boolean;
}

const first: Omit<SlurmDialect, "version"> = {
  tellsUserNames: true,
  environment: "object",
  numbers: "plain",
  nodesKey: "nodelist",
  excludedKey: "exclude_nodes",
  gpus: "gres",
  exclusive: "exclusive",
  nodeCount: "nodes",
  beginTime: "text",
  mailTypes: "text",
  changedSince: true,
  jobStates: false,
  accountingExitCodes: false,
  cancelTells: true,
  refusesUnknownKeys: true,
};

const fromV39: Omit<SlurmDialect, "version"> = {
  ...first,
  environment: "list",
  numbers: "set",
  nodesKey: "required_nodes",
  excludedKey: "excluded_nodes",
  gpus: "tres_per_node",
  exclusive: "shared",
  nodeCount: "minimum_nodes",
  beginTime: "number",
  mailTypes: "list",
  refusesUnknownKeys: false,
};

const fromV40: Omit<SlurmDialect, "version"> = {
  ...fromV39,
  changedSince: false,
  jobStates: true,
  accountingExitCodes: true,
  // 24.11 answers 200 and nothing for a job that isn't there, and for somebody else's.
  cancelTells: false,
};

const fromV42: Omit<SlurmDialect, "version"> = { ...fromV40, changedSince: true, cancelTells: true };

const dialects: Readonly<Record<SlurmApiVersion, Omit<SlurmDialect, "version">>> = {
  "v0.0.36": { ...first, tellsUserNames: false, changedSince: false },
  "v0.0.37": first,
  "v0.0.38": first,
  "v0.0.39": fromV39,
  "v0.0.40": fromV40,
  "v0.0.41": fromV40,
  "v0.0.42": fromV42,
  "v0.0.43": fromV42,
  "v0.0.44": fromV42,
  "v0.0.45": fromV42,
};

export function getSlurmDialect(version: SlurmApiVersion): SlurmDialect {
  return { version, ...dialects[version] };
}

export function isSlurmApiVersion(text: string): text is SlurmApiVersion {
  return (slurmApiVersions as readonly string[]).includes(text);
}

/** Versions that an OpenAPI document has paths of, newest first, those included that we don't know. */
export function findSlurmApiVersions(openapi: string): readonly string[] {
  // The document has up to several megabytes; the paths are all that is needed of it. Some releases write `\/`.
  const found = new Set<string>();
  for (const [, version = ""] of openapi.matchAll(/"\\?\/slurm\\?\/(v\d{1,4}\.\d{1,4}\.\d{1,4})\\?\//g))
    found.add(version);
  return [...found].sort((a, b) => b.localeCompare(a, "en", { numeric: true }));
}
