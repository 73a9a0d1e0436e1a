import { quoteWord, quoteWords } from "../../wire/index.js";
import { ValueError } from "../../errors/index.js";

/** Linux gives a program no longer argument than 128 KiB, and sshd hands the whole line over as one. */
const maxLineBytes = 127 * 1024;

/**
 * The line for the user's shell over there, whichever that is: it runs the program from `sh`, and tells on both outputs where its own begin
 * (start-up files of the shell may write before), and behind stderr how it ended, as ssh's own exit code does not tell 255 of a program
 * from a failure of ssh.
 * @param mark - letters and digits that no program can guess.
 * @throws {ValueError} `USAGE_INVALID`: it is too long.
 */
export function renderRemoteCommand(
  argv: readonly [string, ...string[]],
  mark: string,
  environment: Readonly<Record<string, string>> = {},
  withoutVariables: readonly string[] = [],
): string {
  for (const name of [...Object.keys(environment), ...withoutVariables])
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw new ValueError(
        "PROPERTY_INVALID",
        `${JSON.stringify(name)} is no name for a variable of the environment.`,
        {
          hint: "Use letters, digits and underscores.",
          context: { name },
        },
      );
  const variables = Object.entries(environment).map(
    ([name, value]) => `export ${name}=${quoteWord(value)}; `,
  );
  if (withoutVariables.length > 0) variables.unshift(`unset ${withoutVariables.join(" ")}; `);
  const [program, ...args] = argv;
  const script =
    `echo ${mark} $$; echo ${mark} >&2; ${variables.join("")}` +
    `${quoteWords(["command", "--", program, ...args])}; s=$?; printf '\\n%s %s\\n' ${mark} "$s" >&2; exit "$s"`;
  const line = `exec sh -c 'eval "$(printf %b "$1")"' sh '${escape(script)}'`;
  const sizeBytes = Buffer.byteLength(line);
  if (sizeBytes > maxLineBytes)
    throw new ValueError(
      "USAGE_INVALID",
      `The arguments of ${program} take ${sizeBytes} bytes, which no shell takes in one line.`,
      {
        hint: "Name fewer things in one command, or hand them over as its standard input.",
        context: { program, sizeBytes },
      },
    );
  return line;
}

/** For printf's %b, in characters that mean themselves between single quotes in sh, csh and fish alike. */
function escape(script: string): string {
  let text = "";
  for (const byte of Buffer.from(script)) {
    const character = String.fromCharCode(byte);
    text += /[\w ./,:@%+="$;>&-]/.test(character) ? character : `\\0${byte.toString(8).padStart(3, "0")}`;
  }
  return text;
}

/** Where the program's own output begins. */
export interface Beginning {
  /** Of the group of processes over there. */
  readonly pid: number;
  /** How many bytes come before it. */
  readonly offset: number;
}

/** Undefined as long as the mark has not come. */
export function findBeginning(output: Buffer, mark: string): Beginning | undefined {
  const at = output.indexOf(`${mark} `);
  const end = at < 0 ? -1 : output.indexOf("\n", at);
  if (end < 0) return undefined;
  return { pid: Number(output.toString("latin1", at + mark.length + 1, end)), offset: end + 1 };
}

/** What stderr tells when all of it has come. */
export interface RemoteEnd {
  /** Undefined: the program did not end, or nobody was there to tell. */
  readonly exitCode: number | undefined;
  /** The program's own. */
  readonly stderr: string;
}

export function parseRemoteEnd(stderr: Buffer, mark: string): RemoteEnd {
  const begin = stderr.indexOf(`${mark}\n`);
  const rest = begin < 0 ? stderr : stderr.subarray(begin + mark.length + 1);
  const at = rest.lastIndexOf(`\n${mark} `);
  if (at < 0) return { exitCode: undefined, stderr: rest.toString("utf8") };
  const code = /^\d{1,3}(?=\n)/.exec(rest.toString("latin1", at + mark.length + 2))?.[0];
  return {
    exitCode: code === undefined ? undefined : Number(code),
    stderr: rest.toString("utf8", 0, at),
  };
}
