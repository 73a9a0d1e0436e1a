import { renderCluster, renderHosts, renderQueues } from "scarf-tomo/wire";
import { gatewayVersion } from "../../version.js";
import { requireSession } from "../pac-operation.js";
import { notOffered } from "./not-offered.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

/** `queues`: what the resource tells of them. */
export const queues = wsOperation({}, async (request, desk, audit) => {
  const { session, headers } = await requireSession(request, desk, audit);
  if (!session.capabilities.queues) {
    return notOffered(
      "The resource behind this service does not tell its queues.",
      "Ask the operator of the service which queues there are.",
    ).run(request, desk, audit);
  }
  const found = await session.queues();
  return wsAnswer(request, (format) => renderQueues(found, format), headers);
});

/** `hosts`: no resource lists its machines, so these are the ones that jobs of this user are or were on. */
export const hosts = wsOperation({}, async (request, desk, audit) => {
  const { jobs, headers } = await requireSession(request, desk, audit);
  const running = new Map<string, number>();
  for (const { executionHosts = [], status } of await jobs.list()) {
    for (const name of new Set(executionHosts)) {
      running.set(name, (running.get(name) ?? 0) + (status.phase === "running" ? 1 : 0));
    }
  }
  const found = [...running]
    .map(([name, runningJobs]) => ({ name, runningJobs }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return wsAnswer(request, (format) => renderHosts(found, format), headers);
});

/** `clusters/local`: the resource, by the name that users know it by. */
export const localCluster = wsOperation({}, async (request, desk, audit) => {
  const { headers } = await requireSession(request, desk, audit);
  const { id, resource } = desk.offered;
  const { message } = await resource.ping({ signal: request.signal });
  const cluster = { name: id, kind: resource.kind, status: message, version: gatewayVersion };
  return wsAnswer(request, (format) => renderCluster(cluster, format), headers);
});
