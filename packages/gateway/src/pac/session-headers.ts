import type { Capabilities, Session } from "scarf-tomo";
import { wireHeaders } from "scarf-tomo/wire";

/** What our client learns with the answer by which its session begins. */
export function sessionHeaders({ capabilities }: Session, expiresAt: Date): Readonly<Record<string, string>> {
  return {
    [wireHeaders.sessionExpires]: expiresAt.toISOString(),
    [wireHeaders.capabilities]: renderCapabilities(capabilities),
  };
}

function renderCapabilities(capabilities: Capabilities): string {
  return Object.entries(capabilities)
    .filter(([, holds]) => holds === true)
    .map(([name]) => name)
    .join(",");
}
