import type { ApplicationField, PublishedApplication } from "../answers.js";
import { renderWsDocument, readWsRecords } from "./ws-document.js";
import type { WsFormat } from "./ws-format.js";

/** Answer of `applications`: the same records as the legacy `appStatus`. */
export function renderWsApplications(
  applications: readonly PublishedApplication[],
  format: WsFormat,
): string {
  const infos = applications.map(({ name, status }) => ({ appName: name, status }));
  return renderWsDocument("AppInfos", { "@total": String(infos.length), AppInfo: infos }, format);
}

/** Reads it. Applications without a name are left out. @throws {WireFormatError} */
export function parseWsApplications(body: string): readonly PublishedApplication[] {
  return readWsRecords(body, "AppInfo").flatMap((record) => {
    const name = record.get("appName")?.trim() ?? "";
    return name === "" ? [] : [{ name, status: record.get("status")?.trim() ?? "" }];
  });
}

/** Answer of `applications/appParams`. Every child has text, `-` for nothing, as in the legacy generation. */
export function renderWsApplicationFields(fields: readonly ApplicationField[], format: WsFormat): string {
  const params = fields.map((field) => ({
    defaultValue: field.defaultValue || "-",
    id: field.id,
    label: field.label || "-",
    mandatory: field.mandatory ? "yes" : "no",
  }));
  return renderWsDocument("Application", { "@total": String(fields.length), AppParam: params }, format);
}

/** Reads it, `appParam` of IBM's schema included. Fields without an id are left out. @throws {WireFormatError} */
export function parseWsApplicationFields(body: string): readonly ApplicationField[] {
  const records = [...readWsRecords(body, "AppParam"), ...readWsRecords(body, "appParam")];
  return records.flatMap((record) => readField(record) ?? []);
}

function readField(record: ReadonlyMap<string, string>): ApplicationField | undefined {
  const id = record.get("id")?.trim() ?? "";
  if (id === "") return undefined;
  const defaultValue = record.get("defaultValue") ?? "-";
  const label = record.get("label")?.trim() ?? "-";
  return {
    id,
    label: label === "-" || label === "" ? id : label,
    mandatory: /^(?:yes|true|y)$/i.test(record.get("mandatory")?.trim() ?? ""),
    ...(defaultValue !== "-" && defaultValue !== "" && { defaultValue }),
  };
}
