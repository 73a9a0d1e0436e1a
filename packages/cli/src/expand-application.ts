import type { JobSpec, Session } from "scarf-tomo";
import type { CommandContext } from "./command-context.js";

/** A filled-in form as the resource can take it: as it is where the resource knows forms, otherwise expanded by our template. */
export async function expandApplication(
  context: CommandContext,
  session: Session,
  spec: JobSpec,
): Promise<JobSpec> {
  if (spec.task.kind !== "application" || session.capabilities.applicationForms) return spec;
  const { ApplicationCatalogue } = await import("scarf-tomo");
  const { configuration } = await context.client();
  return (await ApplicationCatalogue.load(configuration.applicationDirectories)).expandSpec(spec);
}
