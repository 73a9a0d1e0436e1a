import { readXmlRecords } from "../xml/read-records.js";
import { readWsRecords, readWsValues, renderWsDocument } from "./ws-document.js";
import type { WsFormat } from "./ws-format.js";

/** One setting, `NOTIFY_ENABLE` for instance. */
export interface NotificationSetting {
  readonly id: string;
  readonly value: string;
  readonly defaultValue: string;
  readonly label: string;
}

/** Answer of `notifications/settings`. */
export interface NotificationSettings {
  readonly userName: string;
  /** Absent = none is known. */
  readonly userEmail?: string;
  readonly settings: readonly NotificationSetting[];
}

export function renderNotificationSettings(
  { userName, userEmail = "-", settings }: NotificationSettings,
  format: WsFormat,
): string {
  const params = settings.map(({ defaultValue, id, label, value }) => ({ defaultValue, id, label, value }));
  const content = { AppParam: params, UserEmail: userEmail, UserName: userName };
  return renderWsDocument("NotificationSettings", content, format);
}

/** @throws {WireFormatError} */
export function parseNotificationSettings(body: string): NotificationSettings {
  const values = readWsValues(body);
  const userEmail = values.get("UserEmail")?.trim() ?? "-";
  const settings = readWsRecords(body, "AppParam").map((record) => ({
    id: record.get("id")?.trim() ?? "",
    value: record.get("value")?.trim() ?? "-",
    defaultValue: record.get("defaultValue")?.trim() ?? "-",
    label: record.get("label")?.trim() ?? "-",
  }));
  return {
    userName: values.get("UserName")?.trim() ?? "",
    ...(userEmail !== "-" && userEmail !== "" && { userEmail }),
    settings: settings.filter(({ id }) => id !== ""),
  };
}

/** Body of `notifications/register`: id → value. */
export function renderNotificationParams(values: ReadonlyMap<string, string>): string {
  const params = [...values].map(([id, value]) => ({ id, value }));
  return renderWsDocument("NotificationParams", { AppParam: params }, "xml");
}

/** @throws {WireFormatError} */
export function parseNotificationParams(body: string): ReadonlyMap<string, string> {
  const { records } = readXmlRecords(body, "AppParam");
  return new Map(records.map((record) => [record.get("id") ?? "", record.get("value") ?? ""]));
}
