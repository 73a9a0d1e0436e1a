import { ValueError } from "scarf-tomo";
import {
  type NotificationSetting,
  parseNotificationParams,
  renderNotificationSettings,
  renderWsMessage,
} from "scarf-tomo/wire";
import { describeUsers } from "../../users/users.js";
import { type PacDesk, readText, requireSession } from "../pac-operation.js";
import { parseQuery } from "../split-target.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

/** What can be set, by the ids that pac sends. */
const kinds: readonly {
  readonly id: string;
  readonly label: string;
  readonly defaultValue: string;
  /** Each value, or each of a list with commas. */
  readonly words: readonly string[];
  readonly list: boolean;
}[] = [
  { id: "NOTIFY_ENABLE", label: "Notify about jobs", defaultValue: "N", words: ["Y", "N"], list: false },
  {
    id: "NOTIFY_EVENTS",
    label: "Events",
    defaultValue: "-",
    words: ["START", "END", "SUSPENDED", "EXIT"],
    list: true,
  },
  {
    id: "NOTIFY_CHANNELS",
    label: "Channels",
    defaultValue: "-",
    words: ["BROWSER", "DESKTOP", "MOBILE", "EMAIL"],
    list: true,
  },
];

/** `notifications/settings`: what this user has registered last, or with `workloadId` for one job. */
export const notificationSettings = wsOperation({}, async (request, desk, audit) => {
  const { userName, headers } = await requireSession(request, desk, audit);
  const jobId = parseQuery(request.query).get("workloadId") ?? "";
  const origin = { resourceId: desk.offered.id, userName };
  const values = desk.notifications.get(origin, ...(jobId === "" ? [] : [jobId]));
  const settings = kinds.map(({ id, label, defaultValue }): NotificationSetting => ({
    id,
    label,
    defaultValue,
    value: values.get(id) ?? defaultValue,
  }));
  const userEmail = await findEmail(desk, userName);
  const told = { userName, settings, ...(userEmail !== undefined && { userEmail }) };
  return wsAnswer(request, (format) => renderNotificationSettings(told, format), headers);
});

/** `notifications/register?workloadId=12`: kept for whoever sends notifications. This service itself sends none, and says so. */
export const notificationRegister = wsOperation(
  { audited: "notification settings", method: "POST" },
  async (request, desk, audit) => {
    const { userName, jobs, headers } = await requireSession(request, desk, audit);
    const id = parseQuery(request.query).get("workloadId")?.trim() ?? "";
    audit.subject = id;
    if (id === "") {
      throw new ValueError("PROPERTY_MISSING", "The request names no job.", {
        hint: "Give the id of the job as workloadId.",
      });
    }
    const body = await readText(request.body, desk.limits.requestBytes);
    const values = checkValues(parseNotificationParams(body));
    await jobs.job(id);
    desk.notifications.put({ resourceId: desk.offered.id, userName }, id, values);
    const off = values.get("NOTIFY_ENABLE") === "N";
    const message = off
      ? `No notifications are sent about job ${id}.`
      : `The settings of job ${id} are kept. This service itself sends no notifications.`;
    return wsAnswer(request, (format) => renderWsMessage(message, format), headers);
  },
);

function checkValues(given: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const [id, text] of given) {
    const kind = kinds.find((known) => known.id === id);
    if (kind === undefined) {
      throw new ValueError("PROPERTY_UNKNOWN", `There is no setting ${JSON.stringify(id)}.`, {
        hint: `These are: ${kinds.map((known) => known.id).join(", ")}.`,
      });
    }
    const words = (kind.list ? text.split(",") : [text]).map((word) => word.trim().toUpperCase());
    const wrong = words.find((word) => !kind.words.includes(word));
    if (wrong !== undefined) {
      throw new ValueError("PROPERTY_INVALID", `${id} can't be ${JSON.stringify(wrong)}.`, {
        hint: `It takes ${kind.list ? "some" : "one"} of ${kind.words.join(", ")}.`,
      });
    }
    values.set(id, words.join(","));
  }
  if (values.size > 0) return values;
  throw new ValueError("PROPERTY_MISSING", "The request sets nothing.", {
    hint: "Send <NotificationParams> with an <AppParam> for each setting.",
  });
}

async function findEmail({ offered }: PacDesk, userName: string): Promise<string | undefined> {
  if (offered.usersFile === undefined) return undefined;
  return (await describeUsers(offered.usersFile)).find(([name]) => name === userName)?.[1].email;
}
