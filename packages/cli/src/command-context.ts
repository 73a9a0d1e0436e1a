import { userInfo } from "node:os";
import { join } from "node:path";
import type {
  ClientConfiguration,
  ClientPaths,
  ComputeResource,
  Credentials,
  EndedSession,
  Session,
  SessionManager,
  SessionManagerOptions,
  SubmitJournal,
} from "scarf-tomo";
import type { GlobalOptions } from "./global-options.js";
import { Interrupts } from "./interrupts.js";
import { Output } from "./output.js";
import { withReconProgram } from "./recon-program.js";
import { ask, canAsk } from "./terminal/prompt.js";
import { renderSafeLine } from "./terminal/safe-text.js";
import { Progress } from "./terminal/progress.js";
import { getErrorReport } from "./render-error.js";

interface Client {
  readonly paths: ClientPaths;
  readonly configuration: ClientConfiguration;
  readonly sessions: SessionManager;
  readonly journal: SubmitJournal;
}

export type MakeProgress = (label: string, unit?: string) => Progress;

/** What one command needs: its output, its end by Ctrl-C, and the resource and session that its options name. */
export class CommandContext {
  readonly options: GlobalOptions;
  readonly output: Output;
  readonly interrupts: Interrupts;
  #client: Promise<Client> | undefined;

  constructor(options: GlobalOptions) {
    this.options = options;
    this.output = new Output({ json: options.json === true, quiet: options.quiet === true });
    this.interrupts = new Interrupts((text) => this.output.warn(text));
  }

  get signal(): AbortSignal {
    return this.interrupts.signal;
  }

  /** Configuration, saved sessions and submit journal; read when first needed. */
  client(): Promise<Client> {
    this.#client ??= openClient((ended) => this.#askAgain(ended));
    return this.#client;
  }

  async resourceId(): Promise<string> {
    return this.options.resource ?? (await this.defaultResourceId());
  }

  /** The resource that a command without `--resource` goes to. */
  async defaultResourceId(): Promise<string> {
    const { configuration } = await this.client();
    return (process.env["SCARF_RESOURCE"] || undefined) ?? configuration.defaultResource ?? "local";
  }

  async resource(): Promise<ComputeResource> {
    const { sessions } = await this.client();
    return sessions.resource(await this.resourceId());
  }

  /** The user that was named for this call; absent = the one who logged in last. */
  get userName(): string | undefined {
    return this.options.user ?? (process.env["SCARF_USER"] || undefined);
  }

  /**
   * The saved session. A resource without passwords needs no log-in: whoever runs this command is the user, or whose certificate it is.
   * @throws {ValueError} `NOT_LOGGED_IN`.
   */
  async session(): Promise<Session> {
    const { sessions } = await this.client();
    const resource = await this.resource();
    try {
      return await sessions.session(resource.id, this.userName);
    } catch (error) {
      if (resource.capabilities.password || getErrorReport(error).code !== "NOT_LOGGED_IN") throw error;
      const userName = this.userName ?? (resource.knowsUser === true ? "" : userInfo().username);
      return await sessions.logIn(resource.id, { userName }, { signal: this.signal });
    }
  }

  /** A bar, or lines now and then, on standard error; nothing with `--quiet`. */
  async progress(label: string, unit?: string): Promise<Progress> {
    return (await this.progressMaker())(label, unit);
  }

  /** Makes them at once, for work that tells of its parts as they come. */
  async progressMaker(): Promise<MakeProgress> {
    const { ProgressMeter } = await import("scarf-tomo");
    const statusLine = this.output.quiet ? undefined : this.output.statusLine;
    return (label, unit) => new Progress(statusLine, new ProgressMeter(), label, unit);
  }

  /** Options that make the same resource and user the target of another command, for hints. */
  hintOptions(session: Session): string {
    const words = [`--resource ${quoteWord(session.resource.id)}`];
    if (session.resource.capabilities.password) words.push(`--user ${quoteWord(session.userName)}`);
    return words.join(" ");
  }

  /**
   * Whoever sits at the terminal can log in again while a command is under way; it goes on where it was refused. A certificate or
   * an access token needs nobody, and no second try.
   */
  async #askAgain({ resourceId, userName, error }: EndedSession): Promise<Credentials | undefined> {
    const { sessions } = await this.client();
    if (!sessions.resource(resourceId).capabilities.password) {
      return error instanceof Error && getErrorReport(error).code === "AUTH_FAILED"
        ? undefined
        : { userName };
    }
    if (!canAsk()) return undefined;
    return this.output.statusLine.without(async () => {
      this.output.warn(`${renderSafeLine(error.message)} After the log-in this command goes on.`);
      const question = `Password of ${userName} on ${resourceId}: `;
      const password = await ask(question, this.interrupts, { hidden: true });
      return password === "" ? undefined : { userName, password };
    });
  }

  async close(): Promise<void> {
    const client = await this.#client?.catch(() => undefined);
    await client?.sessions.close();
    this.interrupts.close();
  }
}

/** A word as a shell needs it. */
export function quoteWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

async function openClient(renew: NonNullable<SessionManagerOptions["renew"]>): Promise<Client> {
  const core = await import("scarf-tomo");
  const paths = core.clientPaths();
  const configuration = await core.readClientConfiguration(paths);
  const resources = Object.entries(configuration.resources).map(([id, definition]) =>
    core.createResource(withReconProgram(definition), id),
  );
  return {
    paths,
    configuration,
    sessions: new core.SessionManager({
      resources,
      renew,
      store: new core.FileSessionStore(join(paths.stateDirectory, "sessions")),
    }),
    journal: new core.SubmitJournal(join(paths.stateDirectory, "submits")),
  };
}
