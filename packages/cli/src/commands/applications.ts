import { Command } from "commander";
import type { ApplicationForm, FormField, Session } from "scarf-tomo";
import type { CommandContext } from "../command-context.js";
import { loadApplications } from "../expand-application.js";
import { runCommand } from "../run-command.js";
import { renderSafeLine } from "../terminal/safe-text.js";
import { renderTable } from "../terminal/table.js";
import { UsageError } from "../usage-error.js";

interface ApplicationsOptions {
  readonly schema?: boolean;
}

export function applicationsCommand(): Command {
  return new Command("applications")
    .description(
      "list the applications of a compute resource, or show the form of one: what `submit --application` and its --param take",
    )
    .summary("list applications, or show the form of one")
    .argument("[name]", "application")
    .option("--schema", "its form as JSON Schema, for programs")
    .action((name: string | undefined, options: ApplicationsOptions, command: Command) =>
      runCommand(command, async (context) => {
        if (name === undefined && options.schema)
          throw new UsageError(
            "--schema is about one application.",
            "Name it: scarf applications NAME --schema",
          );
        const session = await context.session();
        if (name === undefined) await listApplications(context, session);
        else await showForm(context, session, name, options);
      }),
    );
}

async function listApplications(context: CommandContext, session: Session): Promise<void> {
  const resource = session.resource.id;
  if (session.capabilities.applicationForms) {
    const applications = await session.applications({ signal: context.signal });
    await context.output.result({ resource, applications }, () =>
      applications.map(({ name }) => renderSafeLine(name)).join("\n"),
    );
    return;
  }
  const catalogue = await loadApplications(context);
  const applications = catalogue.names().map((name) => ({ name, label: catalogue.get(name).label }));
  await context.output.result({ resource, applications, broken: catalogue.broken() }, () =>
    renderTable(
      [{ heading: "APPLICATION", whole: true }, { heading: "RUNS" }],
      applications.map(({ name, label }) => [name, label]),
      context.output.columns,
    ),
  );
  for (const { name, reason } of catalogue.broken()) context.output.warn(`${name} can't be used: ${reason}`);
}

async function showForm(
  context: CommandContext,
  session: Session,
  name: string,
  { schema }: ApplicationsOptions,
): Promise<void> {
  const form = session.capabilities.applicationForms
    ? await session.applicationForm(name, { signal: context.signal })
    : (await loadApplications(context)).form(name);
  if (schema) {
    const { renderFormSchema } = await import("scarf-tomo");
    const document = renderFormSchema(form);
    await context.output.result(document, () => JSON.stringify(document, undefined, 2));
    return;
  }
  const shown = { ...form, fields: form.fields.filter(({ hidden }) => !hidden) };
  await context.output.result({ resource: session.resource.id, form }, () => renderForm(shown, context));
}

async function renderForm(form: ApplicationForm, { output }: CommandContext): Promise<string> {
  const table = await renderTable(
    [{ heading: "FIELD", whole: true }, { heading: "TAKES" }, { heading: "DEFAULT" }, { heading: "MEANS" }],
    form.fields.map((field) => [
      field.mandatory ? `${field.id} (needed)` : field.id,
      describeType(field),
      field.defaultValue,
      field.documentation === "" ? field.label : `${field.label}. ${field.documentation}`,
    ]),
    output.columns,
  );
  const about = form.documentation === "" ? form.label : `${form.label}. ${form.documentation}`;
  const more = form.complete ? "" : "\n\nThe service may take further fields; it tells no more than this.";
  return `${renderSafeLine(about)}\n\n${table}${more}`;
}

function describeType({ type, choices, min, max, expects, when }: FormField): string {
  const what = choices?.join(" | ") ?? expects ?? type;
  const bounds = [min !== undefined && `${min} or more`, max !== undefined && `${max} or less`];
  const condition = when?.map(({ field, is }) => `if ${field} is ${is?.join(" or ") ?? "given"}`) ?? [];
  return [what, ...bounds, ...condition].filter((word) => word !== false).join(", ");
}
