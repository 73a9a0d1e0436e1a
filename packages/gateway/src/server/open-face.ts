import { ApplicationCatalogue, type ComputeResource } from "scarf-tomo";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";
import { PacFace } from "../pac/pac-face.js";
import type { PacDesk } from "../pac/pac-operation.js";
import type { GatewayLogs } from "./gateway-log.js";
import { offerResource } from "./offered-resources.js";
import type { GatewayState } from "./open-state.js";

/** SCARF's web service over these resources, with one desk for each. */
export async function openPacFace(
  settings: GatewayConfiguration,
  resources: readonly ComputeResource[],
  { journal, notes, notifications, uploads, spool, sessions }: GatewayState,
  { log, audit, metrics }: GatewayLogs,
): Promise<PacFace> {
  const { limits, contextPath } = settings;
  const { administrators } = settings.users;
  const applications = await ApplicationCatalogue.load(settings.applicationDirectories);
  for (const broken of applications.broken()) log.warn(broken, "an application can't be used");
  const desks = new Map(
    resources.map((resource): [string, PacDesk] => {
      const offered = offerResource(resource, settings);
      const kept = { journal, notes, notifications, uploads, spool };
      return [resource.id, { offered, sessions, ...kept, applications, limits, administrators }];
    }),
  );
  const defaultResource = settings.defaultResource ?? resources[0]?.id;
  return new PacFace({ contextPath, desks, defaultResource, sessions, log, audit, metrics });
}
