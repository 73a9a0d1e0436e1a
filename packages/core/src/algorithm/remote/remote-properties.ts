import type { AlgorithmProperty } from "../algorithm-declaration.js";

/** Version of Mantid's algorithms that ours correspond to: the one that works with every kind of cluster. */
export const remoteVersion = { version: 2, category: "Remote" } as const;

export const anyText = { kind: "none" } as const;
export const mandatory = { kind: "mandatory" } as const;

export const computeResource = {
  name: "ComputeResource",
  direction: "input",
  type: "text",
  default: "",
  validator: mandatory,
  documentation: "Which cluster, by the name it has in the configuration.",
} as const satisfies AlgorithmProperty;

export const accountName = {
  name: "UserName",
  direction: "input",
  type: "text",
  default: "",
  validator: mandatory,
  documentation: "Your account on the cluster.",
} as const satisfies AlgorithmProperty;

/** Ours: in Mantid one user at a time could be logged in on a cluster. */
export const userName = {
  name: "UserName",
  direction: "input",
  type: "text",
  default: "",
  validator: anyText,
  documentation:
    "Whose session to use, if several users are logged in. When left out, the user of the last call for the same resource.",
} as const satisfies AlgorithmProperty;

export const transactionId = {
  name: "TransactionID",
  direction: "input",
  type: "text",
  default: "",
  validator: mandatory,
  documentation: "The transaction, by the id that StartRemoteTransaction returned.",
} as const satisfies AlgorithmProperty;

export const jobId = {
  name: "JobID",
  direction: "input",
  type: "job-id",
  default: "",
  validator: mandatory,
  documentation: "Which job.",
} as const satisfies AlgorithmProperty;

/** Ours: Mantid replaced files without asking. */
export const overwrite = {
  name: "Overwrite",
  direction: "input",
  type: "flag",
  default: false,
  validator: anyText,
  documentation:
    "Whether a file of that name may be replaced. Otherwise it is an error, before anything is sent.",
} as const satisfies AlgorithmProperty;

/** A file by its name in a transaction. */
export function remoteFile(documentation: string) {
  return {
    name: "RemoteFileName",
    direction: "input",
    type: "text",
    default: "",
    validator: mandatory,
    documentation,
  } as const;
}

/** A file by its path on this machine. */
export function localFile(documentation: string) {
  return {
    name: "LocalFileName",
    direction: "input",
    type: "file",
    default: "",
    validator: mandatory,
    documentation,
  } as const;
}

/** An output that is one text. */
export function textOutput<const Name extends string>(name: Name, documentation: string) {
  return { name, direction: "output", type: "text", default: "", validator: anyText, documentation } as const;
}

/** An output with one text per job. */
export function listOutput<const Name extends string>(name: Name, documentation: string) {
  return {
    name,
    direction: "output",
    type: "text-list",
    default: [],
    validator: anyText,
    documentation,
  } as const;
}
