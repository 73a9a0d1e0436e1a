import {
  AuthError,
  isScarfError,
  NotSupportedError,
  type ScarfError,
  SchedulerError,
} from "../../errors/index.js";
import { sleep } from "../../transports/abort.js";
import type { HttpClient } from "../../transports/http/index.js";
import {
  findSlurmApiVersions,
  getSlurmDialect,
  isSlurmApiVersion,
  parseSlurmRestAnswer,
  readSubmitAnswer,
  type SlurmApiVersion,
  type SlurmDialect,
  slurmErrorNumbers,
  type SlurmRestAnswer,
  WireFormatError,
} from "../../wire/index.js";
import { maskSecret } from "../mask-secret.js";
import { oneLine, sessionExpired, unreadable, type Who } from "../session-errors.js";
import { unavailable } from "./refusals.js";
import type { TokenHolder } from "./token-holder.js";

export interface SlurmRestCall {
  readonly method?: "GET" | "POST" | "DELETE";
  /** Below `/slurm/VERSION/` or `/slurmdb/VERSION/`. */
  readonly path: string;
  readonly database?: boolean;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
  /** As in "to …". */
  readonly doing: string;
}

export interface SlurmRestReply {
  readonly status: number;
  readonly answer: SlurmRestAnswer;
}

/** Below the version: where jobs are made. */
export const submitPath = "job/submit";
/** The controller's own patience is 9 s; what fails sooner did not wait for it. */
const controllerWaitSeconds = 5;
const vaguePauseSeconds = 1;
/** 10,000 jobs have up to 83 MB. */
const mostTextBytes = 512 * 2 ** 20;
const mostDocumentBytes = 32 * 2 ** 20;
const nothing: SlurmRestAnswer = { body: {}, errors: [], warnings: [] };

/** Sends calls with the session's token, which stands in headers only, and turns what concerns all calls into typed errors. */
export class SlurmRestService {
  readonly who: Who;
  readonly token: TokenHolder;
  readonly #client: HttpClient;
  readonly #baseUrl: string;
  #dialect: SlurmDialect | undefined;

  /** @param baseUrl - without a slash at its end. @param version - undefined: the newest is found at the first call */
  constructor(
    client: HttpClient,
    baseUrl: string,
    setup: { readonly who: Who; readonly token: TokenHolder; readonly version: SlurmApiVersion | undefined },
  ) {
    this.#client = client;
    this.#baseUrl = baseUrl;
    this.who = setup.who;
    this.token = setup.token;
    if (setup.version !== undefined) this.#dialect = getSlurmDialect(setup.version);
  }

  /** What it was found to be; undefined before the first call. */
  get version(): SlurmApiVersion | undefined {
    return this.#dialect?.version;
  }

  async dialect(signal?: AbortSignal): Promise<SlurmDialect> {
    this.#dialect ??= getSlurmDialect(this.#choose(await this.fetchVersions(signal)));
    return this.#dialect;
  }

  /** Versions that the daemon has, newest first. Needs no token that is valid. */
  async fetchVersions(signal?: AbortSignal): Promise<readonly string[]> {
    const doing = "tell its versions";
    const answer = await this.#client.send({
      method: "GET",
      url: `${this.#baseUrl}/openapi/v3`,
      // It looks whether credentials are there, not what they are.
      headers: { Accept: "application/json", "X-SLURM-USER-NAME": "nobody", "X-SLURM-USER-TOKEN": "none" },
      repeatable: true,
      signal,
    });
    const text = await answer.text(mostDocumentBytes);
    const versions = findSlurmApiVersions(text);
    if (versions.length > 0) return versions;
    throw unreadable(
      this.who,
      doing,
      new Error(`There is no slurmrestd: HTTP ${answer.status} ${oneLine(text).slice(0, 200)}`),
    );
  }

  /** The answer, whatever errors about jobs it holds. @throws what concerns every call: session, controller, connection. */
  async call(call: SlurmRestCall): Promise<SlurmRestReply> {
    try {
      return await this.#callOnce(call);
    } catch (error) {
      // A controller that is killed while it answers looks like a bad token; it is not twice in that moment.
      if (!isScarfError(error) || error.context["isVague"] !== true || (call.method ?? "GET") !== "GET")
        throw error;
      await sleep(vaguePauseSeconds, call.signal);
      return await this.#callOnce(call);
    }
  }

  async #callOnce(call: SlurmRestCall): Promise<SlurmRestReply> {
    const { method = "GET", body, signal } = call;
    const token = this.token.get();
    const { version } = await this.dialect(signal);
    const begin = performance.now();
    const answer = await this.#client.send({
      method,
      url: this.url(call, version),
      headers: {
        Accept: "application/json",
        "X-SLURM-USER-NAME": this.who.userName,
        "X-SLURM-USER-TOKEN": token,
        ...(body !== undefined && { "Content-Type": "application/json" }),
      },
      repeatable: method === "GET",
      // A pooled connection may die in the moment of use, and nobody would know whether it was done.
      ownConnection: method !== "GET",
      signal,
      ...(body !== undefined && { body }),
    });
    const { status } = answer;
    if (status === 304) {
      answer.discard();
      return { status, answer: nothing };
    }
    const text = await answer.text(mostTextBytes);
    const seconds = (performance.now() - begin) / 1000;
    const read = this.#read(call, status, text);
    const failure = this.#findFailure(call, { status, answer: read }, seconds);
    if (failure !== undefined) throw failure;
    return { status, answer: read };
  }

  /** Whether the token is accepted, by a call that every release checks it for. */
  async checkSession(signal?: AbortSignal): Promise<void> {
    await this.call({ path: "partitions", signal, doing: "check the token" });
  }

  url(
    { path, database = false }: Pick<SlurmRestCall, "path" | "database">,
    version: SlurmApiVersion,
  ): string {
    return `${this.#baseUrl}/${database ? "slurmdb" : "slurm"}/${version}/${path}`;
  }

  /** What the other side says goes into errors. */
  mask(said: string): string {
    return maskSecret(said, this.token.current);
  }

  #choose(versions: readonly string[]): SlurmApiVersion {
    const version = versions.find(isSlurmApiVersion);
    if (version !== undefined) return version;
    throw new NotSupportedError(
      "NOT_SUPPORTED",
      `${this.who.resourceId} speaks ${versions.join(", ")}; this program knows v0.0.36 to v0.0.45.`,
      {
        hint: "Look for a newer version of this program.",
        context: { resource: this.who.resourceId, versions },
      },
    );
  }

  #read(call: SlurmRestCall, status: number, text: string): SlurmRestAnswer {
    if (status === 401) throw sessionExpired(this.who, this.mask(text));
    try {
      return parseSlurmRestAnswer(text);
    } catch (error) {
      if (!(error instanceof WireFormatError)) throw error;
      const said = this.mask(oneLine(text)).slice(0, 300);
      if (status === 502 || status === 503 || status === 504)
        throw unavailable(this.who, said === "" ? `HTTP ${status}` : said, {
          httpStatus: status,
          mayHaveArrived: true,
        });
      if (status === 404 && text.startsWith("Unable find requested URL")) {
        throw new NotSupportedError(
          "NOT_SUPPORTED",
          `${this.who.resourceId} does not know how to ${call.doing} in version ${this.version}.`,
          {
            hint: "Leave apiVersion out of the resource's definition, or name one that the daemon has.",
            context: { resource: this.who.resourceId, httpStatus: status, said },
          },
        );
      }
      throw new SchedulerError(
        "OUTPUT_UNREADABLE",
        `The answer of ${this.who.resourceId} can't be read (to ${call.doing}): HTTP ${status}, ${said === "" ? "no text" : said}.`,
        {
          hint: "Check the address of the resource: scarf resource show.",
          context: { resource: this.who.resourceId, httpStatus: status },
          cause: error,
        },
      );
    }
  }

  /**
   * Releases say it in different ways that a token is bad or that the controller is away, and some of them say the same for both.
   * Only for what can't be told apart the time decides: a controller that is away costs 9 s.
   */
  #findFailure(
    call: SlurmRestCall,
    { status, answer }: SlurmRestReply,
    seconds: number,
  ): ScarfError | undefined {
    const codes = answer.errors.map(({ code }) => code);
    const has = (code: number): boolean => codes.includes(code);
    const said = this.mask(answer.errors.map(({ message }) => message).join("; "));
    // A number of a job proves that it was made, whatever stands beside it.
    if (call.path === submitPath && readSubmitAnswer(answer).jobId !== undefined) return undefined;
    if (status === 511 || has(slurmErrorNumbers.authentication)) return sessionExpired(this.who, said);
    // 23.11 says both of a bad token; the second alone is said where the controller was ended while it answered.
    if (has(slurmErrorNumbers.zeroBytes) && call.method === "POST")
      return unavailable(this.who, said, { mayHaveArrived: true, vague: true });
    if (has(slurmErrorNumbers.databaseUnreachable)) {
      // 23.11 opens the database for every call, and says the same of a bad token.
      if (said.includes("authentication")) return sessionExpired(this.who, said);
      if (call.database === true) return unavailable(this.who, said, { accounting: true });
      return this.#isFast(seconds) ? sessionExpired(this.who, said) : unavailable(this.who, said);
    }
    if (has(slurmErrorNumbers.controllerUnreachable)) return unavailable(this.who, said, { notSent: true });
    const other = codes.find((code) => code !== undefined && code > 1800 && code < 1900);
    if (other !== undefined) return unavailable(this.who, said, { mayHaveArrived: true });
    const isVague =
      status === 500 &&
      answer.errors.every(
        ({ code }) =>
          code === undefined ||
          code === slurmErrorNumbers.unspecified ||
          code === slurmErrorNumbers.zeroBytes,
      );
    if (!isVague) return this.#findNoAnswer(call, { status, answer }, said);
    // A submit is looked for; where that is refused in these words, too, it was the token.
    if (call.path === submitPath) return unavailable(this.who, said, { mayHaveArrived: true, vague: true });
    return this.#isFast(seconds)
      ? this.#perhapsExpired(said)
      : unavailable(this.who, said, { mayHaveArrived: true });
  }

  /** An empty list beside an error that is about no job (a socket that timed out, say) means nothing. */
  #findNoAnswer(
    { method = "GET", database = false }: SlurmRestCall,
    { status, answer }: SlurmRestReply,
    said: string,
  ): ScarfError | undefined {
    const codes = answer.errors.map(({ code }) => code);
    if (method !== "GET" || codes.some(isAboutRequest)) return undefined;
    if (status < 500 && codes.every((code) => code === undefined)) return undefined;
    const words = said === "" ? `HTTP ${status}` : said;
    return unavailable(this.who, words, { httpStatus: status, ...(database && { accounting: true }) });
  }

  #perhapsExpired(said: string): ScarfError {
    const { message, hint, context } = sessionExpired(this.who, said);
    const told = { ...(hint !== undefined && { hint }), context: { ...context, isVague: true } };
    return new AuthError("SESSION_EXPIRED", message, told);
  }

  #isFast(seconds: number): boolean {
    return seconds < controllerWaitSeconds;
  }
}

/** Slurm's numbers for what is wrong with the request, and slurmrestd's own. Any other is about the way to the daemons. */
export function isAboutRequest(code: number | undefined): boolean {
  return code !== undefined && ((code >= 2000 && code < 3000) || (code >= 9000 && code < 10_000));
}
