import type { ApplicationTask, Attachment, JobSpec } from "../model/index.js";
import type { ApplicationTemplate } from "./application-template.js";
import { describeForm } from "./application-form.js";
import { allParameters } from "./check-template.js";
import { readFormFiles } from "./form-files.js";
import { joinSpecFields, readJobTargets } from "./job-targets.js";
import { readBsubFields } from "./read-bsub-fields.js";
import { readForm } from "./read-form.js";
import { renderTask } from "./render-task.js";

/**
 * Turns a filled-in form into the job that it describes. Where bsub options of the form contradict other fields,
 * they win, as on a cluster of LSF, where they come last on the command line.
 * @throws {SpecError} `SPEC_INVALID`: names the field and says what it takes. `SPEC_REJECTED`: a bsub option that we don't know.
 */
export function expandApplication(
  template: ApplicationTemplate,
  task: ApplicationTask,
  attachments: readonly Attachment[] = [],
): JobSpec {
  const parameters = allParameters(template);
  const form = readForm(describeForm(template), task.parameters);
  const files = readFormFiles(template.name, parameters, form, attachments);
  return {
    ...joinSpecFields(readJobTargets(parameters, form.values), readBsubFields(parameters, form.values)),
    task: renderTask({ template, parameters, values: form.values, files }),
    ...(attachments.length > 0 && { attachments }),
  };
}
