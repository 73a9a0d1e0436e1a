import { renderWsCommandAnswer } from "scarf-tomo/wire";
import { readText, requireSession } from "../pac-operation.js";
import { readCommand, runUserCommand } from "../run-user-command.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

/** `userCmd`, the body as in the legacy generation. */
export const userCommand = wsOperation(
  { audited: "user command", method: "POST" },
  async (request, desk, audit) => {
    const { headers, ...user } = await requireSession(request, desk, audit);
    const argv = readCommand(await readText(request.body, desk.limits.requestBytes));
    audit.subject = argv.join(" ");
    const message = await runUserCommand(user, argv);
    return wsAnswer(request, (format) => renderWsCommandAnswer(message, format), headers);
  },
);
