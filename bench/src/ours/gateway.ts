import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PacResource, type Session } from "scarf-tomo";
import { addUser } from "scarf-tomo-gateway";
import { serveProcess } from "../harness/run-process.js";
import { type Account, password, userName } from "./account.js";

const main = fileURLToPath(new URL("./gateway-main.js", import.meta.url));

/** A gateway of ours in a process of its own, on this machine's embedded engine, with one user. */
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

export async function startGatewayProcess(
  folder: string,
  { discardsUploads = false }: { readonly discardsUploads?: boolean } = {},
): Promise<GatewayProcess> {
  await mkdir(folder, { recursive: true });
  await addUser(join(folder, "state", "users"), userName, password);
  const served = await serveProcess(process.execPath, [
    // As the unit in docs/deploy has it.
    "--max-semi-space-size=2",
    main,
    folder,
    ...(discardsUploads ? ["discard"] : []),
  ]);
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
