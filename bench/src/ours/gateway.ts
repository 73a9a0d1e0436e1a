import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PacResource, type Session } from "scarf-tomo";
import { addUser } from "scarf-tomo-gateway";
import { serveProcess } from "../harness/run-process.js";
import { type Account, password, userName } from "./account.js";

const scarf = fileURLToPath(new URL("../../../packages/cli/bin/scarf.cjs", import.meta.url));

const configuration = `
listen = "127.0.0.1:0"
stateDirectory = "state"

# To files, as in service; a line in the audit log for each query is what an administrator can switch off.
[log]
file = "gateway.log"
auditFile = "audit.log"
auditQueries = false

# All requests of a benchmark are one user's: with the limit for a user, it would be that limit which is measured.
[limits]
requestsPerSecond = 1_000_000

[resources.local]
kind = "local"
workspace = "workspace"
slots = 2
`;

/** `scarf serve` on this machine's embedded engine, with one user. */
export interface GatewayProcess extends AsyncDisposable {
  readonly pid: number;
  readonly account: Account;
  /** The user's own directory on the resource. */
  readonly userFolder: string;
  /** A session of the library on it. */
  readonly session: Session;
  /** For programs that are not ours: the cookie of that session. */
  readonly cookie: string;
}

export async function startGatewayProcess(folder: string): Promise<GatewayProcess> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "gateway.toml");
  await writeFile(file, configuration);
  await addUser(join(folder, "state", "users"), userName, password);
  const served = await serveProcess(process.execPath, [scarf, "serve", "--config", file]);
  const account = { baseUrl: served.firstLine };
  const resource = new PacResource({ id: "bench", baseUrl: account.baseUrl });
  const session = await resource.logIn({ userName, password });
  const token = session.save().state["token"] ?? "";
  return {
    pid: served.pid,
    account,
    userFolder: join(folder, "workspace", "users", userName),
    session,
    cookie: `platform_token=${token.replaceAll('"', "#quote#")}`,
    async [Symbol.asyncDispose]() {
      await resource.close();
      await served[Symbol.asyncDispose]();
    },
  };
}
