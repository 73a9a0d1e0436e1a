import { NotSupportedError, type Session, ValueError } from "scarf-tomo";
import { lenientElementText, splitWords } from "scarf-tomo/wire";
import type { JobAction } from "./act-on-job.js";
import { actOnJobs, findFailure } from "./act-on-jobs.js";

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

/** Reads the body of `userCmd`: the words of the command, as a shell would find them. @throws {WireFormatError} */
export function readCommand(body: string): readonly string[] {
  return splitWords(lenientElementText(body, "cmd") ?? "");
}

/**
 * Does what a command of LSF asks for; no shell ever sees it. Answers what LSF would have printed.
 * @throws {NotSupportedError} it is not allowed or not known here. @throws {ValueError} it is incomplete.
 */
export async function runUserCommand(session: Session, argv: readonly string[]): Promise<string> {
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
  if (action !== undefined) {
    const asked = readWords(program, action, words);
    const results = await actOnJobs(session, asked.action, asked.ids);
    const failure = findFailure(results);
    if (failure !== undefined) throw failure;
    return results.map(({ message }) => message).join("\n");
  }
  if (session.capabilities.userCommands) return session.runUserCommand([program, ...words]);
  throw new NotSupportedError("NOT_SUPPORTED", `This resource does not know the command ${program}.`, {
    hint: `It knows ${Object.keys(actions).join(", ")}.`,
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
