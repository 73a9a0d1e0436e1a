import type { ComputeResource } from "scarf-tomo";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";
import { parseListen } from "../configuration/gateway-schema.js";
import { GatewayHealth } from "../operations/gateway-health.js";
import type { GatewayMetrics } from "../operations/gateway-metrics.js";
import { OperationsDesk } from "../operations/operations-desk.js";
import type { GatewayLogs } from "./gateway-log.js";
import type { Listener } from "./listener.js";
import type { GatewayState } from "./open-state.js";

export interface OperationsParts {
  readonly settings: GatewayConfiguration;
  readonly resources: readonly ComputeResource[];
  readonly state: GatewayState;
  readonly metrics: GatewayMetrics;
  /** Undefined until it listens. */
  readonly listener: () => Listener | undefined;
}

/** `/healthz` and `/metrics` of a gateway. */
export function openOperations({
  settings,
  resources,
  state,
  metrics,
  listener,
}: OperationsParts): OperationsDesk {
  const certificateExpiresAt = (): Date | undefined => listener()?.certificateExpiresAt();
  const health = new GatewayHealth({
    stateDirectory: settings.stateDirectory,
    store: state.store,
    resources,
    freeDiskBytes: settings.limits.freeDiskBytes,
    certificateExpiresAt,
  });
  metrics.measure({
    sessions: () => state.sessionTable.count(),
    unfinishedUploads: () => state.uploads.unfinished(),
    connections: () => {
      const connections = listener()?.connections;
      return {
        open: connections?.open ?? 0,
        receivedBytes: connections?.receivedBytes ?? 0,
        sentBytes: connections?.sentBytes ?? 0,
      };
    },
    certificateExpiresAt,
    resourcesUp: () => health.resourcesUp,
    freeBytes: () => health.freeBytesSeen,
  });
  return new OperationsDesk(health, metrics, settings);
}

/** Opens their own address, where there is one. @returns it. */
export async function listenForOperations(
  desk: OperationsDesk,
  { operations }: GatewayConfiguration,
  { log }: GatewayLogs,
  closing: (() => Promise<void> | void)[],
): Promise<string | undefined> {
  if (!operations.enabled || operations.listen === undefined) return undefined;
  const listener = await desk.listen(parseListen(operations.listen), log);
  closing.push(() => listener.stop());
  return listener.url;
}
