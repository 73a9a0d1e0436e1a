import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { addUser } from "../users/users.js";
import { password, userName } from "./gateway-fixture.js";
import { findFreePort } from "scarf-tomo/testing";
import { removeFolder } from "./remove-folder.js";

const main = fileURLToPath(new URL("./gateway-main.js", import.meta.url));

/** A gateway in a process of its own that can be killed and started again on the same state and port. */
export interface GatewayProcess extends AsyncDisposable {
  readonly folder: string;
  readonly workspace: string;
  readonly port: number;
  /** Of the running process. */
  readonly pid: number | undefined;
  start(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

/** @param settings - More lines for the top of the configuration file. */
export async function prepareGatewayProcess(settings = ""): Promise<GatewayProcess> {
  const folder = await mkdtemp(join(tmpdir(), "gateway-kill-"));
  const port = await findFreePort();
  const file = join(folder, "gateway.toml");
  await addUser(join(folder, "state", "users"), userName, password);
  await writeFile(
    file,
    `listen = "127.0.0.1:${port}"\nstateDirectory = "state"\n${settings}[log]\nlevel = "warn"\nauditFile = "audit.log"\n` +
      '[resources.local]\nkind = "local"\nworkspace = "workspace"\nslots = 2\nidleSeconds = 0.2\n',
  );
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    const dying = child;
    child = undefined;
    if (dying === undefined || dying.exitCode !== null || dying.signalCode !== null) return;
    const gone = once(dying, "exit");
    dying.kill("SIGKILL");
    await gone;
  };
  return {
    folder,
    workspace: join(folder, "workspace"),
    port,
    get pid() {
      return child?.pid;
    },
    async start() {
      const started = spawn(process.execPath, [main, file], { stdio: ["ignore", "pipe", "inherit"] });
      child = started;
      await new Promise<void>((resolve, reject) => {
        started.stdout.once("data", () => resolve());
        started.once("exit", (code) => reject(new Error(`the gateway ended with code ${code}`)));
      });
    },
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
      await removeFolder(folder);
    },
  };
}
