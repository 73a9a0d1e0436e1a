import { type ComputeResource, ConfigError, createResource } from "scarf-tomo";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";
import type { OfferedResource } from "../sessions/session-desk.js";

/** The resources of a configuration, opened. */
export function makeResources({ resources }: GatewayConfiguration): readonly ComputeResource[] {
  return Object.entries(resources).map(([id, definition]) => createResource(definition, id));
}

export async function closeResources(resources: readonly ComputeResource[]): Promise<void> {
  await Promise.all(resources.map((resource) => resource.close()));
}

/** A resource that checks passwords itself gets them; for the others the gateway's file of users does. */
export function offerResource(resource: ComputeResource, { users }: GatewayConfiguration): OfferedResource {
  const byResource = users.authentication === "resource";
  if (byResource && !resource.capabilities.password) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `The resource ${resource.id} checks no passwords, so anybody could log in.`,
      {
        hint: 'Set users.authentication = "gateway" and make users with: scarf user add NAME',
      },
    );
  }
  return { id: resource.id, resource, ...(!byResource && { usersFile: users.file }) };
}
