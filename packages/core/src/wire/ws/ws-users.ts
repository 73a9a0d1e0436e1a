import { WireFormatError } from "../wire-format-error.js";
import { readXmlAttributes } from "../xml/read-attributes.js";
import { escapeXml } from "../xml/xml-text.js";
import { readWsRecords, renderWsDocument, type WsElement } from "./ws-document.js";
import type { WsFormat } from "./ws-format.js";

/** A user as `user` and `users` describe one. */
export interface WsUser {
  readonly name: string;
  readonly email?: string;
  /** `Normal`, `Administrator`. */
  readonly roles: readonly string[];
}

/** Body of `POST user` and `PUT user`: `<user name="bob" email="b@x"><roles><role name="Normal" /></roles></user>`. */
export function renderUserRequest({ name, email, roles }: WsUser): string {
  const address = email === undefined ? "" : ` email="${escapeXml(email)}"`;
  const all = roles.map((role) => `<role name="${escapeXml(role)}" />`).join("");
  return `<user name="${escapeXml(name)}"${address}><roles>${all}</roles></user>`;
}

/** @throws {WireFormatError} it describes no user, or several. */
export function parseUserRequest(body: string): WsUser {
  const [user, ...others] = readXmlAttributes(body, "user");
  const name = user?.get("name")?.trim() ?? "";
  if (user === undefined || others.length > 0 || name === "")
    throw new WireFormatError("malformed", "The body does not describe a user with a name.");
  const email = user.get("email")?.trim() ?? "";
  const roles = readXmlAttributes(body, "role").map((role) => role.get("name")?.trim() ?? "");
  return { name, ...(email !== "" && email !== "-" && { email }), roles };
}

/** Answer of `GET users`, ours: IBM's is not known. */
export function renderUsers(users: readonly WsUser[], format: WsFormat): string {
  const all = users.map(({ name, email = "-", roles }) => ({ email, name, role: roles.join(",") || "-" }));
  return renderWsDocument("users", { "@total": String(all.length), user: all }, format);
}

/** @throws {WireFormatError} */
export function parseUsers(body: string): readonly WsUser[] {
  return readWsRecords(body, "user").map(readUser);
}

function readUser(record: ReadonlyMap<string, string>): WsUser {
  const take = (name: string): string => (record.get(name) ?? "-").trim().replace(/^-$/, "");
  const email = take("email");
  const roles = take("role")
    .split(",")
    .filter((role) => role !== "");
  return { name: take("name"), ...(email !== "" && { email }), roles };
}

/** Answer of `GET usergroups`, ours: each group with its members. */
export function renderUserGroups(groups: ReadonlyMap<string, readonly string[]>, format: WsFormat): string {
  const all = [...groups].map(([name, members]): WsElement => ({ members: members.join(",") || "-", name }));
  return renderWsDocument("userGroups", { "@total": String(all.length), userGroup: all }, format);
}
