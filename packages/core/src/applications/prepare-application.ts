import { type ErrorCode, isScarfError } from "../errors/index.js";
import type { ApplicationForm, JobSpec } from "../model/index.js";
import type { CallOptions, Session } from "../resources/compute-resource.js";
import type { ApplicationCatalogue } from "./application-catalogue.js";
import { fillForm } from "./fill-form.js";
import { formError } from "./read-form.js";

/** Some services keep forms to themselves, or answer what nobody can read: then only the submit tells. */
const noForm: ReadonlySet<ErrorCode> = new Set([
  "NOT_SUPPORTED",
  "OPERATION_REFUSED",
  "OUTPUT_UNREADABLE",
  "PERMISSION_DENIED",
]);

/** Fields of IBM's forms that the rest of a spec fills. */
const filledBySpec: ReadonlySet<string> = new Set([
  "JOB_NAME",
  "OUTPUT_FILE",
  "ERROR_FILE",
  "INPUT_FILE",
  "QUEUE",
  "EXTRA_PARAMS",
]);

/**
 * A filled-in form as the resource can take it: checked against the resource's own form where it has forms, otherwise
 * expanded by our template. Other specs pass as they are.
 * @throws {SpecError} `APPLICATION_UNKNOWN`; `SPEC_INVALID`: names every field that is wrong. Nothing was submitted.
 */
export async function prepareApplication(
  session: Session,
  catalogue: () => Promise<ApplicationCatalogue> | ApplicationCatalogue,
  spec: JobSpec,
  options: CallOptions = {},
): Promise<JobSpec> {
  const { task } = spec;
  if (task.kind !== "application") return spec;
  if (!session.capabilities.applicationForms) return (await catalogue()).expandSpec(spec);
  const form = await fetchForm(session, task.application, options);
  if (form === undefined) return spec;
  const problems = fillForm(form, task.parameters).problems.filter(
    ({ field }) => form.complete || !filledBySpec.has(field),
  );
  if (problems.length > 0) throw formError(task.application, problems);
  return spec;
}

async function fetchForm(
  session: Session,
  application: string,
  options: CallOptions,
): Promise<ApplicationForm | undefined> {
  try {
    return await session.applicationForm(application, options);
  } catch (error) {
    if (isScarfError(error) && noForm.has(error.code)) return undefined;
    throw error;
  }
}
