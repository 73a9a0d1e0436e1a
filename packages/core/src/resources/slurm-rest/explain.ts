import type { JobSpec } from "../../model/index.js";
import { renderSubmitBody } from "../../wire/index.js";
import { withoutSecrets } from "../without-secrets.js";
import { refuseProblems } from "../slurm-refusals.js";
import type { SlurmRestService } from "./slurm-rest-service.js";
import { planFor } from "./submit.js";
import type { UserFolder } from "./user-folder.js";

/** The request that `submit` would send, for a person: the token and secrets masked, the script as it is. */
export async function explainSubmit(
  service: SlurmRestService,
  folder: UserFolder | undefined,
  spec: JobSpec,
  signal: AbortSignal | undefined,
): Promise<string> {
  const plan = planFor({ folder }, withoutSecrets(spec), "SUBMIT-KEY");
  refuseProblems(plan.problems);
  const dialect = await service.dialect(signal);
  const body: unknown = JSON.parse(
    renderSubmitBody({ ...plan.request, script: "[the script below]" }, dialect),
  );
  const files = plan.files.map(
    ({ name, source }) => `[${plan.request.workingDirectory}: ${name}, ${source.sizeBytes} bytes]`,
  );
  return [
    ...files,
    `POST ${service.url({ path: "job/submit" }, dialect.version)}`,
    `X-SLURM-USER-NAME: ${service.who.userName}`,
    "X-SLURM-USER-TOKEN: ********",
    "Content-Type: application/json",
    "",
    JSON.stringify(body, undefined, 2),
    "",
    plan.request.script.trimEnd(),
    ...plan.problems.map(({ severity, field, message }) => `[${severity}: ${field}: ${message}]`),
  ].join("\n");
}
