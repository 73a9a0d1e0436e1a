import type { JobSpec } from "../../model/index.js";
import { withoutSecrets } from "../without-secrets.js";
import type { PacWire } from "./pac-wire.js";
import { submitBody } from "./submit-body.js";
import { planSubmit } from "./submit-plan.js";

/** The request that `submit` would send, for a person: secrets masked, attachments as their sizes. */
export async function explainSubmit(wire: PacWire, spec: JobSpec): Promise<string> {
  const { service } = wire;
  const plan = planSubmit(withoutSecrets(spec), { gateway: service.isGateway, submitKey: "SUBMIT-KEY" });
  const shown = { ...plan, attachments: plan.attachments.filter(({ name }) => name.startsWith("scarf-")) };
  const body = submitBody(shown, { outer: "OUTER", inner: "INNER" });
  const pieces: Uint8Array[] = [];
  for await (const piece of body.read()) pieces.push(Buffer.from(piece));
  const call = wire.submitCall(body, "SUBMIT-KEY");
  const headers: Record<string, string> = { ...service.headers(call), ...service.accessShown };
  return [
    `POST ${service.url(call.path)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    "",
    Buffer.concat(pieces).toString("utf8").replaceAll("\r\n", "\n").trimEnd(),
    ...plan.attachments
      .filter(({ name }) => !name.startsWith("scarf-"))
      .map(({ name, source }) => `[attached: ${name}, ${source.sizeBytes} bytes]`),
    ...plan.problems.map(({ severity, field, message }) => `[${severity}: ${field}: ${message}]`),
  ].join("\n");
}
