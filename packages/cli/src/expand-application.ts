import type { ApplicationCatalogue, JobSpec, Session } from "scarf-tomo";
import type { CommandContext } from "./command-context.js";

/** The applications that this program can expand: built-in ones and those of the configuration's folders. */
export async function loadApplications(context: CommandContext): Promise<ApplicationCatalogue> {
  const { ApplicationCatalogue: Catalogue } = await import("scarf-tomo");
  const { configuration } = await context.client();
  return Catalogue.load(configuration.applicationDirectories);
}

/** A filled-in form as the resource can take it: as it is where the resource knows forms, otherwise expanded by our template. */
export async function expandApplication(
  context: CommandContext,
  session: Session,
  spec: JobSpec,
): Promise<JobSpec> {
  if (spec.task.kind !== "application") return spec;
  const { prepareApplication } = await import("scarf-tomo");
  return prepareApplication(session, () => loadApplications(context), spec, { signal: context.signal });
}
