import { renderCommandAnswer } from "scarf-tomo/wire";
import { xmlError } from "./error-form.js";
import { rawXmlAnswer } from "./pac-answer.js";
import { type PacOperation, readText, requireSession } from "./pac-operation.js";
import { readCommand, runUserCommand } from "./run-user-command.js";

/** `userCmd`: a command of LSF, read word by word and never given to a shell. */
export const userCommand: PacOperation = {
  audited: "user command",
  errorForm: xmlError("UserCmd"),
  async run(request, desk, audit) {
    const { headers, ...user } = await requireSession(request, desk, audit);
    const body = await readText(request.body, desk.limits.requestBytes);
    const argv = readCommand(body);
    audit.subject = argv.join(" ");
    const message = await runUserCommand(user, argv);
    return rawXmlAnswer(renderCommandAnswer({ message }), headers);
  },
};
