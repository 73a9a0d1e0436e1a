import { StringDecoder } from "node:string_decoder";
import { UsageError } from "../usage-error.js";
import type { Interrupts } from "../interrupts.js";
import { renderSafeLine } from "./safe-text.js";
import { measureWidth } from "./text-width.js";

interface PromptOptions {
  /** Nothing of the answer is shown. */
  readonly hidden?: boolean;
}

/** A question can be asked: there is a person at both ends. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/**
 * Asks one question on standard error and reads the answer in raw mode, so that standard output stays clean and a
 * password is never echoed, not even while the terminal is slow to change its mode. Ctrl-C restores the terminal.
 * @throws {InterruptedError} Ctrl-C or Ctrl-D. @throws {UsageError} there is no terminal to ask at.
 */
export async function ask(
  question: string,
  interrupts: Interrupts,
  { hidden = false }: PromptOptions = {},
): Promise<string> {
  const { stdin, stderr } = process;
  if (!canAsk())
    throw new UsageError(`Nobody can be asked for "${question.trim()}": this is not a terminal.`);
  interrupts.signal.throwIfAborted();
  const line = new LineEditor((text) => (hidden ? undefined : stderr.write(text)));
  const decoder = new StringDecoder("utf8");
  stdin.setRawMode(true);
  stderr.write(renderSafeLine(question));
  try {
    return await new Promise<string>((resolve, reject) => {
      const onAbort = () => finish(() => reject(interrupts.error ?? interrupts.interrupt()));
      const onEnd = () => finish(() => reject(interrupts.interrupt()));
      const onData = (chunk: Buffer) => {
        const text = decoder.write(chunk);
        for (let index = 0; index < text.length; index += 1) {
          const event = line.type(text.charAt(index));
          if (event === undefined) continue;
          // What was typed or pasted ahead belongs to the next question.
          const rest = text.slice(index + 1);
          finish(() => (event === "done" ? resolve(line.text) : reject(interrupts.interrupt())));
          if (rest !== "") stdin.unshift(Buffer.from(rest));
          return;
        }
      };
      const finish = (settle: () => void) => {
        stdin.off("data", onData).off("end", onEnd).pause();
        interrupts.signal.removeEventListener("abort", onAbort);
        stdin.setRawMode(false);
        stderr.write("\n");
        settle();
      };
      stdin.on("data", onData).once("end", onEnd).resume();
      interrupts.signal.addEventListener("abort", onAbort, { once: true });
    });
  } finally {
    stdin.setRawMode(false);
  }
}

/** The keys that one line needs: text, backspace, Ctrl-U, Ctrl-W, Enter, Ctrl-C, Ctrl-D. Arrow keys and the like are ignored. */
export class LineEditor {
  readonly #echo: (text: string) => void;
  #graphemes: string[] = [];
  #escape: "none" | "started" | "sequence" = "none";

  constructor(echo: (text: string) => void) {
    this.#echo = echo;
  }

  get text(): string {
    return this.#graphemes.join("");
  }

  /** Takes one UTF-16 unit; tells when the line is done or given up. */
  type(key: string): "done" | "interrupted" | undefined {
    if (this.#skipEscape(key)) return undefined;
    switch (key) {
      case "\r":
      case "\n":
        return "done";
      case "\u0003":
        return "interrupted";
      case "\u0004":
        return this.#graphemes.length === 0 ? "interrupted" : undefined;
      case "\u007F":
      case "\b":
        this.#erase(1);
        return undefined;
      case "\u0015":
        this.#erase(this.#graphemes.length);
        return undefined;
      default:
        if (key >= " ") this.#add(key);
        return undefined;
    }
  }

  #add(key: string): void {
    const before = this.text;
    const segments = [...new Intl.Segmenter().segment(before + key)].map(({ segment }) => segment);
    this.#graphemes = segments;
    this.#echo(key);
  }

  #erase(count: number): void {
    for (const grapheme of this.#graphemes.splice(this.#graphemes.length - count)) {
      const columns = measureWidth(grapheme);
      this.#echo("\b".repeat(columns) + " ".repeat(columns) + "\b".repeat(columns));
    }
  }

  /** Swallows `ESC [ … letter` and `ESC letter`. */
  #skipEscape(key: string): boolean {
    if (this.#escape === "none") {
      if (key === "\u001B") this.#escape = "started";
      return key === "\u001B";
    }
    const goesOn = this.#escape === "started" ? key === "[" || key === "O" : key < "@" || key > "~";
    this.#escape = goesOn ? "sequence" : "none";
    return true;
  }
}
