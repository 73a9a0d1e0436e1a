import { NotSupportedError, type Session, ValueError } from "scarf-tomo";
import { lenientElementText, splitWords } from "scarf-tomo/wire";
import type { JobAction } from "./act-on-job.js";
import { actOnJobs, findFailure } from "./act-on-jobs.js";
import { findCommandJobs, type JobSelection } from "./find-command-jobs.js";
import type { NotedJobs } from "./noted-jobs.js";

/** What Application Center allows unless a site says more, and what each asks a resource to do. */
const allowed: ReadonlyMap<string, string> = new Map([
  ["bbot", "move a job to the end of its queue"],
  ["bchkpnt", "write a checkpoint of a job"],
  ["bkill", "end jobs"],
  ["bmig", "move a running job to another host"],
  ["bpost", "give a job a status of its own"],
  ["brequeue", "run jobs again"],
  ["brestart", "start a job from its checkpoint"],
  ["bresume", "resume jobs"],
  ["brun", "start a waiting job at once"],
  ["bstop", "suspend jobs"],
  ["bswitch", "move jobs to another queue"],
  ["btop", "move a job to the beginning of its queue"],
]);

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

/** Whose command it is. */
export interface CommandUser {
  readonly session: Session;
  readonly jobs: NotedJobs;
}

/** Reads the body of `userCmd`: the words of the command, as a shell would find them. @throws {WireFormatError} */
export function readCommand(body: string): readonly string[] {
  return splitWords(lenientElementText(body, "cmd") ?? "");
}

/**
 * Does what a command of LSF asks for; no shell ever sees it. Answers what LSF would have printed.
 * @throws {NotSupportedError} it is not allowed or not known here. @throws {ValueError} it is incomplete.
 */
export async function runUserCommand(
  { session, jobs }: CommandUser,
  argv: readonly string[],
): Promise<string> {
  const [program, ...words] = argv;
  if (program === undefined) {
    throw new ValueError("USAGE_INVALID", "The request has no command.", {
      hint: "Give a command such as: bkill 417666",
    });
  }
  const purpose = allowed.get(program);
  if (purpose === undefined) {
    throw new NotSupportedError("NOT_SUPPORTED", `The command ${program} is not allowed here.`, {
      hint: `These are: ${[...allowed.keys()].join(" ")}.`,
    });
  }
  const action = Object.hasOwn(actions, program) ? actions[program] : undefined;
  const asked = action === undefined ? undefined : readWords(action, words);
  if (asked !== undefined && asked.unknown === undefined) return act({ session, jobs }, program, asked);
  if (session.capabilities.userCommands) return session.runUserCommand([program, ...words]);
  if (asked?.unknown !== undefined) {
    throw new NotSupportedError("NOT_SUPPORTED", `${program} with ${asked.unknown} is not known here.`, {
      hint: "Give the ids of the jobs, or 0 for all of yours; -J, -g, -q and -m choose among them.",
    });
  }
  throw new NotSupportedError(
    "NOT_SUPPORTED",
    `This resource does not know the command ${program}: it can't ${purpose}.`,
    { hint: `It knows ${Object.keys(actions).join(", ")}.` },
  );
}

async function act(
  { session, jobs }: CommandUser,
  program: string,
  { action, selection }: AskedAction,
): Promise<string> {
  if (selection.ids.length === 0 && !selection.all && Object.keys(selection.filter).length === 0) {
    throw new ValueError("USAGE_INVALID", `${program} needs the id of a job.`, {
      hint: `For example: ${program} 417666`,
    });
  }
  const results = await actOnJobs(session, action, await findCommandJobs(jobs, action, selection));
  // Of all jobs some may have ended since they were looked at: that is no failure.
  const failure = findFailure(
    selection.all ? results.filter(({ error }) => error?.code !== "OPERATION_REFUSED") : results,
  );
  if (failure !== undefined) throw failure;
  return results.map(({ message }) => message).join("\n");
}

interface AskedAction {
  readonly action: JobAction;
  readonly selection: JobSelection;
  /** The first option that means nothing here. */
  readonly unknown?: string;
}

/** Options by which LSF's commands choose among jobs. */
const filterOptions: Readonly<Record<string, keyof JobSelection["filter"]>> = {
  "-J": "name",
  "-g": "group",
  "-q": "queue",
  "-u": "user",
  "-m": "host",
};

/** pac lets options stand behind the job: `bstop "417666" "-s" "TERM"`. */
function readWords(usual: JobAction, words: readonly string[]): AskedAction {
  let action = usual;
  let all = false;
  const ids: string[] = [];
  const filter: Record<string, string> = {};
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const name = Object.hasOwn(filterOptions, word) ? filterOptions[word] : undefined;
    if (word === "-s") {
      index += 1;
      action = readSignal(words[index] ?? "");
    } else if (name !== undefined) {
      index += 1;
      const value = words[index] ?? "";
      if (value === "")
        throw new ValueError("USAGE_INVALID", `The option ${word} needs a value.`, {
          hint: "Write it behind the option.",
        });
      filter[name] = value;
    } else if (word.startsWith("-")) {
      return { action, selection: { ids, all, filter }, unknown: word };
    } else if (word === "0") {
      all = true;
    } else {
      ids.push(word);
    }
  }
  return { action, selection: { ids, all, filter } };
}

function readSignal(word: string): JobAction {
  const name = word.toUpperCase().replace(/^SIG/, "");
  const action = Object.hasOwn(signalActions, name) ? signalActions[name] : undefined;
  if (action !== undefined) return action;
  throw new NotSupportedError("NOT_SUPPORTED", `The signal ${word || "(none)"} can't be sent from here.`, {
    hint: `These can: ${Object.keys(signalActions).join(", ")}.`,
  });
}
