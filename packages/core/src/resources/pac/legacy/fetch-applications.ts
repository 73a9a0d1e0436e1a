import { type ApplicationField, type PublishedApplication, readXmlRecords } from "../../../wire/index.js";
import type { CallOptions } from "../../compute-resource.js";
import type { PacService } from "../pac-service.js";
import { applicationUnknown, jobRefusal, saysNoSuchApplication } from "../refusals.js";
import { legacyCall } from "./legacy-call.js";

/** Applications that the service offers. */
export async function fetchApplications(
  service: PacService,
  { signal }: CallOptions,
): Promise<readonly PublishedApplication[]> {
  const records = await fetchRecords(service, { path: "appStatus", record: "AppInfo", signal });
  return records.flatMap((record) => {
    const name = record.get("appName") ?? "";
    return name === "" ? [] : [{ name, status: record.get("status") ?? "" }];
  });
}

/** Fields of an application's form; `application` may name a user's template of it (`APP:template`). */
export async function fetchApplicationFields(
  service: PacService,
  application: string,
  { signal }: CallOptions,
): Promise<readonly ApplicationField[]> {
  const records = await fetchRecords(service, {
    path: "appParams",
    record: "AppParam",
    body: application,
    signal,
  });
  return records.flatMap((record) => {
    const id = record.get("id") ?? "";
    const defaultValue = record.get("defaultValue");
    if (id === "") return [];
    return [
      {
        id,
        label: dash(record.get("label")) ?? id,
        mandatory: /^(?:yes|true)$/i.test(record.get("mandatory") ?? ""),
        ...(dash(defaultValue) !== undefined && defaultValue !== undefined && { defaultValue }),
      },
    ];
  });
}

interface RecordsRequest {
  readonly path: string;
  readonly record: string;
  readonly body?: string;
  readonly signal: AbortSignal | undefined;
}

async function fetchRecords(
  service: PacService,
  { path, record, body, signal }: RecordsRequest,
): Promise<readonly ReadonlyMap<string, string>[]> {
  const doing = "tell its applications";
  const { records, errorMessage } = await service.xml(
    legacyCall({
      path,
      accept: "application/xml",
      repeatable: true,
      signal,
      doing,
      ...(body !== undefined && { body, contentType: "text/plain" }),
    }),
    (text) => readXmlRecords(text, record),
  );
  if (errorMessage !== undefined) {
    if (body !== undefined && saysNoSuchApplication(errorMessage))
      throw applicationUnknown(service.who, body, errorMessage);
    throw jobRefusal(service.who, errorMessage, doing);
  }
  return records;
}

function dash(text: string | undefined): string | undefined {
  return text === undefined || text === "-" || text === "" ? undefined : text;
}
