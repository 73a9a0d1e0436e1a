import { expect } from "vitest";
import type { WireUser } from "./wire-user.js";

/** A submit as Bridge cuts it: no line end behind the last delimiter. */
export function submitBody(command: string): string {
  return (
    '--B\r\nContent-Disposition: form-data; name="AppName"\r\nContent-ID: <AppName>\r\n\r\ngeneric\r\n' +
    '--B\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: multipart/mixed; boundary=P\r\nContent-ID: <data>\r\n\r\n' +
    `--P\r\n\r\n<AppParam><id>COMMANDTORUN</id><value>${command}</value><type></type></AppParam>\r\n` +
    "--P\r\n\r\n<AppParam><id>OUTPUT_FILE</id><value>%J.output</value><type></type></AppParam>\r\n" +
    "--P--\r\n\r\n--B--"
  );
}

/** Submits a command as Bridge does: JSON, and a number in the answer. */
export async function submitWs(user: WireUser, command: string): Promise<string> {
  const body = submitBody(command);
  const headers = ["Content-Type: multipart/mixed; boundary=B", "Accept: application/json", user.cookie];
  const answer = await user.ws({ path: "jobs/submit", headers, body });
  expect([answer.status, answer.text]).toEqual([200, expect.stringMatching(/^\{"id":\d+\}$/)]);
  return /\d+/.exec(answer.text)?.[0] ?? "";
}
