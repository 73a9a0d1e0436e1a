import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LocalResource, PacResource } from "scarf-tomo";
import { addUser, startGateway } from "scarf-tomo-gateway";

const userName = "scarf362";
const password = "the password of scarf362";

/** SCARF as it was, on this machine: its web service and token page, its applications, a queue. */
export interface ScarfInABox extends AsyncDisposable {
  readonly resource: PacResource;
  /** Address of the web service. */
  readonly pacUrl: string;
  readonly userName: string;
  readonly password: string;
  /** The user's own directory on the cluster. */
  readonly home: string;
  /** What is behind the web service. */
  readonly local: LocalResource;
  /** Everybody's directories on the cluster, by name. */
  readonly homes: string;
  /** Where the gateway keeps files on their way. */
  readonly spool: string;
  /** For files here. */
  readonly folder: string;
}

/** SCARF ran Python scripts; here, where Python may be missing, the same form runs them by the shell. */
const tomopy = `
name = "TOMOPY_0_1_9"
label = "TomoPy 0.1.9"
shell = "sh {{INPUT_FILE}} {{INPUT_ARGS}}"
parameters = [
  { id = "INPUT_FILE", type = "program", label = "Script", mandatory = true },
  { id = "INPUT_ARGS", type = "arguments", label = "Arguments" },
  { id = "OUTPUT_FILE", type = "path", label = "Output file" },
  { id = "ERROR_FILE", type = "path", label = "Error file" },
  { id = "JOB_NAME", type = "text", label = "Job name" },
]
`;

/** A reconstruction that costs nothing. */
const copy = `
name = "copy"
label = "Copy the scan"
shell = "cp {{INPUT}} slice.bin"
parameters = [
  { id = "INPUT", type = "file", label = "Scan", mandatory = true },
  { id = "JOB_NAME", type = "text", label = "Job name" },
]
`;

export interface ScarfOptions {
  /** Other people, with the same password. */
  readonly otherUsers?: readonly string[];
  /** Cores. @defaultValue 2 */
  readonly slots?: number;
  /** How long sessions last. */
  readonly sessions?: { readonly idleMinutes?: number; readonly absoluteHours?: number };
  /** Mantid's JSON service beside SCARF's, at `/MantidRemote`. @defaultValue false */
  readonly mantidWeb?: boolean;
}

export async function startScarf({
  otherUsers = [],
  slots = 2,
  sessions = {},
  mantidWeb = false,
}: ScarfOptions = {}): Promise<ScarfInABox> {
  const folder = await mkdtemp(join(tmpdir(), "scarf-in-a-box-"));
  const applications = join(folder, "applications");
  await mkdir(applications);
  await writeFile(join(applications, "tomopy.toml"), tomopy);
  await writeFile(join(applications, "copy.toml"), copy);
  const stateDirectory = join(folder, "state");
  for (const name of [userName, ...otherUsers]) await addUser(join(stateDirectory, "users"), name, password);
  const workspace = join(folder, "workspace");
  const reconPrograms = join(dirname(fileURLToPath(import.meta.resolve("scarf-tomo-recon"))), "..", "bin");
  const local = new LocalResource({ workspace, slots, idleSeconds: 0.5, extraPath: [reconPrograms] });
  const gateway = await startGateway(
    {
      listen: "127.0.0.1:0",
      stateDirectory,
      sessions,
      mantidWeb: { enabled: mantidWeb },
      applicationDirectories: [applications],
      log: { level: "silent" },
    },
    { resources: [local] },
  );
  const resource = new PacResource({
    id: "SCARF@STFC",
    baseUrl: gateway.pacUrl,
    login: { kind: "token-page", url: `${gateway.url}cgi-bin/token.py` },
  });
  return {
    resource,
    pacUrl: gateway.pacUrl,
    userName,
    password,
    home: join(workspace, "users", userName),
    local,
    homes: join(workspace, "users"),
    spool: join(stateDirectory, "spool"),
    folder,
    async [Symbol.asyncDispose]() {
      await resource.close();
      await gateway.close();
      await local.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
