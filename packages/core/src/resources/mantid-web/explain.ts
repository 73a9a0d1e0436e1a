import type { JobSpec } from "../../model/index.js";
import { mantidSubmitBody } from "../../wire/index.js";
import { withoutSecrets } from "../without-secrets.js";
import { planFor, submitFields, type SubmitSetup } from "./submit.js";

/** The requests that `submit` would send, for a person: secrets masked, files of the user's as their sizes. */
export async function explainSubmit(setup: Omit<SubmitSetup, "jobs">, spec: JobSpec): Promise<string> {
  const { service } = setup;
  const plan = planFor(setup, withoutSecrets(spec), "SUBMIT-KEY");
  const body = mantidSubmitBody(submitFields(service, "TRANSACTION", plan, "SUBMIT-KEY"), {
    boundary: "BOUNDARY",
  });
  const lines = [`GET ${service.url({ call: "transaction", query: { Action: "Start" } })}`, ""];
  for (const { name, source } of plan.files) {
    lines.push(`POST ${service.url({ call: "upload" })}`, `[${name}, ${source.sizeBytes} bytes]`);
    if (name.startsWith("scarf-")) lines.push(await readText(source.read()));
    lines.push("");
  }
  return [
    ...lines,
    `POST ${service.url({ call: "submit" })}`,
    `Content-Type: ${body.contentType}`,
    "Cookie: ********",
    "",
    (await readText(body.read())).replaceAll("\r\n", "\n").trimEnd(),
    ...plan.problems.map(({ severity, field, message }) => `[${severity}: ${field}: ${message}]`),
  ].join("\n");
}

async function readText(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const chunk of chunks) pieces.push(Buffer.from(chunk));
  return Buffer.concat(pieces).toString("utf8");
}
