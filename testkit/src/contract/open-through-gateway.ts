import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalResource, PacResource, type PacResourceOptions } from "scarf-tomo";
import { addUser, startGateway } from "scarf-tomo-gateway";
import type { ContractSubject } from "./contract-subject.js";
import { startPlainProxy } from "./plain-proxy.js";

interface ThroughGateway {
  readonly generation: NonNullable<PacResourceOptions["generation"]>;
  readonly login?: "logon" | "token-page";
  /** Nothing of what our gateway and our client say to each other alone gets through, so that each takes the other for a stranger. */
  readonly plain?: boolean;
}

/** This machine behind a gateway, as a client of the web service sees it. */
export async function openThroughGateway({
  generation,
  login = "logon",
  plain = false,
}: ThroughGateway): Promise<ContractSubject> {
  const folder = await mkdtemp(join(tmpdir(), "scarf-gateway-"));
  const stateDirectory = join(folder, "state");
  const users = join(stateDirectory, "users");
  await addUser(users, "anna", "the password of anna");
  await addUser(users, "ben", "the password of ben");
  const local = new LocalResource({ workspace: join(folder, "workspace"), slots: 16, idleSeconds: 0.5 });
  const gateway = await startGateway(
    { listen: "127.0.0.1:0", stateDirectory, log: { level: "silent" } },
    { resources: [local] },
  );
  const proxy = plain ? await startPlainProxy(gateway.url) : undefined;
  const resource = new PacResource({
    id: "gateway",
    baseUrl: proxy === undefined ? gateway.pacUrl : `${proxy.url}platform/`,
    generation,
    login:
      login === "logon" ? { kind: "logon" } : { kind: "token-page", url: `${gateway.url}cgi-bin/token.py` },
    lookUpPausesSeconds: [0.1, 0.2, 0.4],
  });
  return {
    resource,
    credentials: { userName: "anna", password: "the password of anna" },
    otherCredentials: { userName: "ben", password: "the password of ben" },
    async close() {
      await resource.close();
      await proxy?.close();
      await gateway.close();
      await local.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}
