import { setTimeout as sleep } from "node:timers/promises";
import type { JobSpec, JobStatus } from "../../../model/index.js";
import type { MantidWebResourceOptions } from "../mantid-web-options.js";
import { MantidWebResource } from "../mantid-web-resource.js";
import type { MantidWebSession } from "../mantid-web-session.js";
import { password, PlainService, userName } from "./plain-service.js";

/** A service that knows the interface and no more, and ada there. Its scripts are the shell's unless asked for otherwise. */
export async function open(
  options: Partial<MantidWebResourceOptions> = {},
): Promise<
  AsyncDisposable & { service: PlainService; resource: MantidWebResource; session: MantidWebSession }
> {
  const service = await PlainService.start();
  const resource = new MantidWebResource({
    id: "Fermi",
    baseUrl: service.url,
    lookUpPausesSeconds: [0.05, 0.05],
    retry: { firstDelaySeconds: 0.01 },
    scripts: "shell",
    ...options,
  });
  const session = await resource.logIn({ userName, password });
  return {
    service,
    resource,
    session,
    async [Symbol.asyncDispose]() {
      await resource.close();
      await service[Symbol.asyncDispose]();
    },
  };
}

export const shell = (commandLine: string): JobSpec => ({ task: { kind: "shell", commandLine } });

export async function awaitEnd(session: MantidWebSession, id: string): Promise<JobStatus> {
  for (let round = 0; round < 200; round += 1) {
    const status = (await session.status([id])).get(id);
    if (status !== undefined && status.phase !== "running" && status.phase !== "queued") return status;
    await sleep(50);
  }
  throw new Error("the job does not end");
}

export async function readText(session: MantidWebSession, id: string, name: string): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const chunk of (await session.jobFiles(id).read(name)).chunks) pieces.push(Buffer.from(chunk));
  return Buffer.concat(pieces).toString("utf8");
}
