import { once } from "node:events";
import { chmod, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AuthError, TransportError } from "../../errors/index.js";
import { quoteWords } from "../../wire/index.js";
import { parseQuestion } from "./parse-question.js";
import type { SshQuestioner } from "./ssh-options.js";

const program = fileURLToPath(new URL("./askpass-main.js", import.meta.url));

/**
 * Where ssh's questions arrive while it logs in. An answer goes over a socket in a directory of this user alone, through the helper's output, to
 * ssh: it is in no argument list, no environment and no file.
 */
export class AskpassServer {
  /** For the environment of ssh. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #server: Server;
  readonly #questioner: SshQuestioner;
  readonly #target: string;
  readonly #refuse: (reason: Error) => void;
  readonly #attempts = new Map<string, number>();
  readonly #closing = new AbortController();

  private constructor(
    directory: string,
    questioner: SshQuestioner,
    target: string,
    refuse: (reason: Error) => void,
  ) {
    this.#questioner = questioner;
    this.#target = target;
    this.#refuse = refuse;
    this.environment = {
      SSH_ASKPASS: join(directory, "ask"),
      SSH_ASKPASS_REQUIRE: "force",
      SCARF_ASKPASS_SOCKET: join(directory, "q"),
      DISPLAY: process.env["DISPLAY"] ?? "none",
    };
    // Half open: the helper has ended its side when the answer goes back.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => void this.#serve(socket));
  }

  /**
   * @param directory - of this user alone.
   * @param refuse - called when a question gets no answer: ends ssh before it returns, or ssh would send an empty one.
   */
  static async open(
    directory: string,
    questioner: SshQuestioner,
    target: string,
    refuse: (reason: Error) => void,
  ): Promise<AskpassServer> {
    const server = new AskpassServer(directory, questioner, target, refuse);
    const { SSH_ASKPASS = "", SCARF_ASKPASS_SOCKET = "" } = server.environment;
    await writeFile(SSH_ASKPASS, `#!/bin/sh\nexec ${quoteWords([process.execPath, program])} "$1"\n`, {
      mode: 0o700,
    });
    await chmod(SSH_ASKPASS, 0o700);
    server.#server.listen(SCARF_ASKPASS_SOCKET);
    await once(server.#server, "listening");
    return server;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#server.close();
    await rm(this.environment["SSH_ASKPASS"] ?? "", { force: true });
  }

  async #serve(socket: Socket): Promise<void> {
    socket.on("error", () => {}); // ssh was ended while it waited
    try {
      const { prompt, purpose } = parseRequest(await readAll(socket));
      if (purpose === "none") {
        socket.end(); // it only tells something, and goes on by itself
        return;
      }
      const answer = await this.#answer(prompt);
      if (answer === undefined) socket.destroy();
      else socket.end(`+${answer}`);
    } catch (error) {
      this.#refuse(error instanceof Error ? error : new Error(String(error)));
      socket.destroy();
    }
  }

  async #answer(prompt: string): Promise<string | undefined> {
    const parsed = parseQuestion(prompt);
    if (parsed.kind === "host-key") {
      if (await this.#questioner.confirmHostKey(parsed.hostKey, this.#closing.signal)) return "yes";
      this.#refuse(this.#unconfirmed());
      return undefined;
    }
    if (parsed.kind === "secret") {
      const attempt = (this.#attempts.get(prompt) ?? 0) + 1;
      this.#attempts.set(prompt, attempt);
      const answer = await this.#questioner.answer({ ...parsed.question, attempt }, this.#closing.signal);
      if (answer !== undefined && !/[\r\n\0]/.test(answer)) return answer;
    }
    this.#refuse(
      new AuthError("AUTH_FAILED", `${this.#target} asked something that nobody answered.`, {
        hint: "Log in again, and answer what it asks.",
        context: { host: this.#target },
      }),
    );
    return undefined;
  }

  #unconfirmed(): TransportError {
    return new TransportError(
      "HOST_KEY_UNKNOWN",
      `The key of ${this.#target} was not confirmed. Nothing was sent.`,
      {
        hint: "Ask those who run the machine for its key's fingerprint, and log in again if it is this one.",
        context: { host: this.#target },
      },
    );
  }
}

/** Not by iterating, which closes a socket at its end: the answer still has to go back. */
async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  await once(socket, "end");
  return text;
}

function parseRequest(request: string): { readonly prompt: string; readonly purpose: string } {
  const value: unknown = JSON.parse(request);
  const read = (name: string): string => {
    const field: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
    return typeof field === "string" ? field : "";
  };
  return { prompt: read("prompt"), purpose: read("purpose") };
}
