import { ApplicationCatalogue, type ComputeResource } from "scarf-tomo";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";
import { MantidFace } from "../mantid-web/mantid-face.js";
import type { MantidDesk } from "../mantid-web/mantid-request.js";
import type { PacAnswer } from "../pac/pac-answer.js";
import { PacFace, type RawRequest } from "../pac/pac-face.js";
import type { PacDesk } from "../pac/pac-operation.js";
import { ChunkShelf } from "../state/chunk-shelf.js";
import type { GatewayLogs } from "./gateway-log.js";
import { SharedLists } from "../pac/shared-lists.js";
import { offerResource } from "./offered-resources.js";
import type { GatewayState } from "./open-state.js";

/** SCARF's web service over these resources, with one desk for each. */
async function openPacFace(
  settings: GatewayConfiguration,
  resources: readonly ComputeResource[],
  { journal, notes, notifications, uploads, spool, gate, sessions }: GatewayState,
  logs: GatewayLogs,
): Promise<PacFace> {
  const { limits, contextPath } = settings;
  const { administrators } = settings.users;
  const applications = await ApplicationCatalogue.load(settings.applicationDirectories);
  for (const broken of applications.broken()) logs.log.warn(broken, "an application can't be used");
  const shelf = new ChunkShelf(uploads, spool);
  const lists = new SharedLists();
  const desks = new Map(
    resources.map((resource): [string, PacDesk] => {
      const offered = offerResource(resource, settings);
      const kept = { journal, notes, lists, notifications, uploads, spool, shelf, gate };
      return [resource.id, { offered, sessions, ...kept, applications, limits, administrators }];
    }),
  );
  const defaultResource = settings.defaultResource ?? resources[0]?.id;
  return new PacFace({ contextPath, desks, defaultResource, sessions, ...logs });
}

/** What stands behind all addresses of the gateway. */
export interface Face {
  /** Never throws: every failure is an answer. */
  answer(raw: RawRequest): Promise<PacAnswer>;
}

/** SCARF's web service, and Mantid's where it is turned on. */
export async function openFaces(
  settings: GatewayConfiguration,
  resources: readonly ComputeResource[],
  state: GatewayState,
  logs: GatewayLogs,
): Promise<Face> {
  const pac = await openPacFace(settings, resources, state, logs);
  if (!settings.mantidWeb.enabled) return pac;
  const mantid = openMantidFace(settings, resources, state, logs);
  return { answer: async (raw) => (await mantid.answer(raw)) ?? pac.answer(raw) };
}

function openMantidFace(
  settings: GatewayConfiguration,
  resources: readonly ComputeResource[],
  { journal, spool, gate, sessions, transactions }: GatewayState,
  logs: GatewayLogs,
): MantidFace {
  const { limits, mantidWeb } = settings;
  const desks = new Map(
    resources.map((resource): [string, MantidDesk] => {
      const offered = offerResource(resource, settings);
      const { python } = mantidWeb;
      return [resource.id, { offered, sessions, journal, spool, gate, transactions, limits, python }];
    }),
  );
  const defaultResource = settings.defaultResource ?? resources[0]?.id;
  return new MantidFace({ path: mantidWeb.path, desks, defaultResource, ...logs });
}
