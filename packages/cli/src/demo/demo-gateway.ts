import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { PacDefinition } from "scarf-tomo";
import { withReconProgram } from "../recon-program.js";

/** A gateway of its own for one demo, over the embedded engine. */
export interface DemoGateway {
  readonly url: string;
  readonly userName: string;
  readonly password: string;
  /** How a client gets to it, SCARF's way: with a token page. */
  readonly definition: PacDefinition;
  /** Stops the gateway and waits until the engine has ended too. @returns false if it was still there after a while. */
  close(): Promise<boolean>;
}

const userName = "demo";
/** The engine goes when it has had nothing to do for so long. */
const idleSeconds = 0.5;
const engineEndMilliseconds = 10_000;

/** Starts it on a free loopback port; everything it keeps is under `directory`. */
export async function startDemoGateway(directory: string): Promise<DemoGateway> {
  const { createResource } = await import("scarf-tomo");
  const { addUser, startGateway } = await import("scarf-tomo-gateway");
  const usersFile = join(directory, "users");
  const password = randomBytes(18).toString("base64url");
  await addUser(usersFile, userName, password);
  const local = withReconProgram({ kind: "local", workspace: join(directory, "workspace"), idleSeconds });
  const gateway = await startGateway({
    listen: "127.0.0.1:0",
    stateDirectory: join(directory, "gateway"),
    users: { file: usersFile },
    log: { level: "info", file: join(directory, "gateway.log"), auditFile: join(directory, "audit.log") },
    shutdownSeconds: 2,
    resources: { local },
  });
  return {
    url: gateway.pacUrl,
    userName,
    password,
    definition: {
      kind: "pac",
      url: gateway.pacUrl,
      login: "token-page",
      tokenPage: `${gateway.url}cgi-bin/token.py`,
    },
    close: async () => {
      await gateway.close();
      return waitForEngineEnd(() => createResource(local, "local").ping());
    },
  };
}

/** Waits for the engine's process to go, so that nothing is left running. */
async function waitForEngineEnd(ping: () => Promise<{ readonly message: string }>): Promise<boolean> {
  const deadline = Date.now() + engineEndMilliseconds;
  while (Date.now() < deadline) {
    const { message } = await ping();
    if (!message.includes("engine running")) return true;
    await sleep(100);
  }
  return false;
}
