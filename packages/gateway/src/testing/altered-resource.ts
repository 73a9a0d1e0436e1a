import type { ComputeResource, Session } from "scarf-tomo";
import { override } from "scarf-tomo/testing";

/** A real resource of which some parts are replaced: for failures that it does not have by itself. */
export function alterResource(
  resource: ComputeResource,
  changes: Partial<Pick<ComputeResource, "capabilities" | "ping">>,
  alterSession: (session: Session) => Partial<Session>,
): ComputeResource {
  const alter = (session: Session): Session => override(session, alterSession(session));
  return override(resource, {
    ...changes,
    logIn: async (...args) => alter(await resource.logIn(...args)),
    resume: (saved) => alter(resource.resume(saved)),
  });
}
