import { isScarfError, NotSupportedError, type Session, ValueError } from "scarf-tomo";
import { lenientElementText, renderCommandAnswer, splitWords } from "scarf-tomo/wire";
import { actOnJob, type JobAction } from "./act-on-job.js";
import { xmlError } from "./error-form.js";
import { rawXmlAnswer } from "./pac-answer.js";
import { type PacOperation, readText, requireSession } from "./pac-operation.js";

/** What Application Center allows unless a site says more. */
const allowed = [
  "bbot",
  "bchkpnt",
  "bkill",
  "bmig",
  "bpost",
  "brequeue",
  "brestart",
  "bresume",
  "brun",
  "bstop",
  "bswitch",
  "btop",
];

const actions: Readonly<Record<string, JobAction>> = {
  bkill: "kill",
  bstop: "suspend",
  bresume: "resume",
  brequeue: "requeue",
};

/** Signals by which `bkill -s` asks for something that a verb of ours does too. */
const signalActions: Readonly<Record<string, JobAction>> = {
  KILL: "kill",
  TERM: "kill",
  INT: "kill",
  STOP: "suspend",
  TSTP: "suspend",
  CONT: "resume",
};

/** `userCmd`: a command of LSF, read word by word and never given to a shell. */
export const userCommand: PacOperation = {
  audited: "user command",
  errorForm: xmlError("UserCmd"),
  async run(request, desk, audit) {
    const { session, headers } = await requireSession(request, desk, audit);
    const body = await readText(request.body, desk.limits.requestBytes);
    const argv = splitWords(lenientElementText(body, "cmd") ?? "");
    audit.subject = argv.join(" ");
    const message = await runCommand(session, argv);
    return rawXmlAnswer(renderCommandAnswer({ message }), headers);
  },
};

async function runCommand(session: Session, argv: readonly string[]): Promise<string> {
  const [program, ...words] = argv;
  if (program === undefined) {
    throw new ValueError("USAGE_INVALID", "The request has no command.", {
      hint: "Give a command such as: bkill 417666",
    });
  }
  if (!allowed.includes(program)) {
    throw new NotSupportedError("NOT_SUPPORTED", `The command ${program} is not allowed here.`, {
      hint: `These are: ${allowed.join(" ")}.`,
    });
  }
  const action = actions[program];
  if (action !== undefined) return actOnJobs(session, program, action, words);
  if (session.capabilities.userCommands) return session.runUserCommand([program, ...words]);
  throw new NotSupportedError("NOT_SUPPORTED", `This resource does not know the command ${program}.`, {
    hint: `It knows ${Object.keys(actions).join(", ")}.`,
  });
}

async function actOnJobs(
  session: Session,
  program: string,
  usual: JobAction,
  words: readonly string[],
): Promise<string> {
  const { action, ids } = readWords(program, usual, words);
  const done: string[] = [];
  const failed: string[] = [];
  let failure: unknown;
  for (const id of ids) {
    try {
      done.push(await actOnJob(session, action, id));
    } catch (error) {
      if (!isScarfError(error)) throw error;
      failed.push(error.message);
      failure ??= error;
    }
  }
  if (failed.length === 0) return done.join("\n");
  // One job that was not acted upon must not look like success, whatever happened to the others.
  if (ids.length === 1) throw failure;
  throw new ValueError("USAGE_INVALID", [...done, ...failed].join("\n"), {
    hint: `${done.length} of ${ids.length} jobs were acted upon; look at the others one by one.`,
    cause: failure,
  });
}

/** pac lets options stand behind the job: `bstop "417666" "-s" "TERM"`. */
function readWords(
  program: string,
  usual: JobAction,
  words: readonly string[],
): { readonly action: JobAction; readonly ids: readonly string[] } {
  let action = usual;
  const ids: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    if (word === "-s") {
      index += 1;
      action = readSignal(words[index] ?? "");
    } else if (word.startsWith("-") || word === "0") {
      throw new NotSupportedError("NOT_SUPPORTED", `${program} with ${word} is not known here.`, {
        hint: "Give the ids of the jobs, one by one.",
      });
    } else {
      ids.push(word);
    }
  }
  if (ids.length === 0) {
    throw new ValueError("USAGE_INVALID", `${program} needs the id of a job.`, {
      hint: `For example: ${program} 417666`,
    });
  }
  return { action, ids };
}

function readSignal(word: string): JobAction {
  const name = word.toUpperCase().replace(/^SIG/, "");
  const action = Object.hasOwn(signalActions, name) ? signalActions[name] : undefined;
  if (action !== undefined) return action;
  throw new NotSupportedError("NOT_SUPPORTED", `The signal ${word || "(none)"} can't be sent from here.`, {
    hint: `These can: ${Object.keys(signalActions).join(", ")}.`,
  });
}
