import { NotSupportedError, ValueError } from "scarf-tomo";
import { parseNotificationParams, renderNotificationSettings, renderWsMessage } from "scarf-tomo/wire";
import { readText, requireSession } from "../pac-operation.js";
import { parseQuery } from "../split-target.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

/** Nothing is sent, and nobody's address is known: a client that shows these settings tells so. */
const settings = [
  { id: "NOTIFY_ENABLE", value: "N", defaultValue: "N", label: "Notify about jobs" },
  { id: "NOTIFY_EVENTS", value: "-", defaultValue: "-", label: "Events" },
  { id: "NOTIFY_CHANNELS", value: "-", defaultValue: "-", label: "Channels" },
] as const;

/** `notifications/settings` */
export const notificationSettings = wsOperation({}, async (request, desk, audit) => {
  const { userName, headers } = await requireSession(request, desk, audit);
  return wsAnswer(request, (format) => renderNotificationSettings({ userName, settings }, format), headers);
});

/** `notifications/register?workloadId=12`: only switching them off can be promised. */
export const notificationRegister = wsOperation({ method: "POST" }, async (request, desk, audit) => {
  const { session, headers } = await requireSession(request, desk, audit);
  const id = parseQuery(request.query).get("workloadId") ?? "";
  if (id === "") {
    throw new ValueError("PROPERTY_MISSING", "The request names no job.", {
      hint: "Give the id of the job as workloadId.",
    });
  }
  const wanted = parseNotificationParams(await readText(request.body, desk.limits.requestBytes));
  await session.job(id);
  if (wanted.get("NOTIFY_ENABLE")?.trim().toUpperCase() !== "N") {
    throw new NotSupportedError("NOT_SUPPORTED", "This service sends no notifications.", {
      hint: "Ask for the state of the job from time to time.",
    });
  }
  return wsAnswer(
    request,
    (format) => renderWsMessage(`No notifications are sent about job ${id}.`, format),
    headers,
  );
});
