import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { ConfigError } from "../../errors/index.js";
import { createExclusively } from "../../transfers/disk/atomic-file.js";
import { parseJson } from "./job-record.js";
import { toFileError } from "../../transfers/disk/system-error.js";

/**
 * Where everything lies:
 *
 * ```
 * workspace.json          whose machine this is
 * users/USER/             the user's files; jobs/NAME_TIME… below it are the directories of jobs
 * state/jobs/N/           job.json, script, state-1.json, state-2.json …; elements of an array in sub-directories
 * state/keys/USER/HASH    submit key → N; a job exists from the moment its key leads to it
 * state/new/              jobs being written down
 * engine/                 lock-N.json, poke/, engine.log; finished-jobs.json, a cache
 * ```
 */
export interface Workspace {
  readonly root: string;
  readonly jobs: string;
  readonly newJobs: string;
  readonly engine: string;
  readonly pokes: string;
  readonly log: string;
}

/**
 * Opens a workspace, making it where it is missing.
 * @throws {ConfigError} `CONFIG_INVALID`: it belongs to another machine. @throws {FileError} it can't be made.
 */
export function openWorkspace(path: string): Workspace {
  const root = resolve(path);
  const workspace: Workspace = {
    root,
    jobs: join(root, "state", "jobs"),
    newJobs: join(root, "state", "new"),
    engine: join(root, "engine"),
    pokes: join(root, "engine", "poke"),
    log: join(root, "engine", "engine.log"),
  };
  try {
    for (const directory of [workspace.jobs, workspace.newJobs, workspace.pokes, join(root, "users")])
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    checkMachine(root);
  } catch (error) {
    throw toFileError(error, root, "write");
  }
  return workspace;
}

/** Process numbers and boots mean nothing on another machine: its running jobs would look dead from here. */
function checkMachine(root: string): void {
  const path = join(root, "workspace.json");
  const own = hostname();
  if (!existsSync(path) && createExclusively(path, `${JSON.stringify({ format: 1, host: own })}\n`)) return;
  const found = parseJson(readFileSync(path, "utf8"));
  const host =
    typeof found === "object" && found !== null && "host" in found
      ? String(found.host)
      : "an unknown machine";
  if (host === own) return;
  throw new ConfigError(
    "CONFIG_INVALID",
    `The workspace ${root} belongs to the machine \`${host}\`, and this is \`${own}\`.`,
    {
      hint: `Use another workspace here. If the machine was only renamed, correct \`host\` in ${path}.`,
      context: { root, host, own },
    },
  );
}

/** What all users' directories lie in. */
export function getUsersDirectory(workspace: Workspace): string {
  return join(workspace.root, "users");
}

export function getUserDirectory(workspace: Workspace, user: string): string {
  return join(getUsersDirectory(workspace), user);
}

export function getKeyPath(workspace: Workspace, user: string, submitKey: string): string {
  const hash = createHash("sha256").update(submitKey).digest("hex");
  return join(workspace.root, "state", "keys", user, hash);
}
