import { ConfigError, SchedulerError, ValueError } from "../../errors/index.js";
import type { Capabilities } from "../../model/index.js";
import { HttpClient } from "../../transports/http/index.js";
import type { RetryOptions } from "../../transports/retry.js";
import type {
  CallOptions,
  ComputeResource,
  Credentials,
  PingAnswer,
  SavedSession,
} from "../compute-resource.js";
import { gatewayCapabilities, servicesOwn } from "./capabilities.js";
import { LegacyWire } from "./legacy/legacy-wire.js";
import { checkedBaseUrl, logIn } from "./log-in.js";
import type { PacLogin, PacResourceOptions } from "./pac-options.js";
import { PacService, type PacState } from "./pac-service.js";
import { PacSession } from "./pac-session.js";
import type { PacWire } from "./pac-wire.js";
import { oneLine, sentence } from "../session-errors.js";

/**
 * A cluster behind IBM's (LSF) Application Center, legacy generation of its web service, as SCARF ran it; or our gateway, which speaks the same and
 * does more (see `docs/reference/pac.md`).
 */
export class PacResource implements ComputeResource {
  readonly id: string;
  readonly kind = "pac";
  readonly retry: RetryOptions;
  readonly #options: PacResourceOptions;
  readonly #baseUrl: string;
  readonly #login: PacLogin;
  readonly #client: HttpClient;
  #capabilities: Capabilities = servicesOwn;

  /** @throws {ConfigError} `CONFIG_INVALID`: an address is none. */
  constructor(options: PacResourceOptions) {
    this.id = options.id;
    this.#options = options;
    this.retry = options.retry ?? {};
    this.#baseUrl = normalBaseUrl(options.id, options.baseUrl);
    this.#login = options.login ?? { kind: "logon" };
    if (this.#login.kind === "token-page") normalBaseUrl(options.id, this.#login.url);
    this.#client = new HttpClient({
      userAgent: "scarf-tomo",
      ...(options.caFile !== undefined && { caFile: options.caFile }),
      ...(options.timeouts !== undefined && { timeouts: options.timeouts }),
      ...(options.retry !== undefined && { retry: options.retry }),
    });
  }

  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  async ping(options: CallOptions = {}): Promise<PingAnswer> {
    const service = this.#service("anybody", {
      token: undefined,
      baseUrl: this.#baseUrl,
      gateway: undefined,
      expiresAt: undefined,
    });
    const startedAt = performance.now();
    const text = await this.#wire(service).ping(this.#baseUrl, options);
    const message = oneLine(text);
    if (!text.includes("Web Services are ready")) {
      throw new SchedulerError(
        "SCHEDULER_UNAVAILABLE",
        `The web service of ${this.id} does not say that it is ready: ${sentence(message)}`,
        {
          hint: "Try again in a few minutes; if it stays, check the address of the resource.",
          context: { resource: this.id, said: message },
        },
      );
    }
    return { message, roundTripSeconds: (performance.now() - startedAt) / 1000 };
  }

  async logIn(credentials: Credentials, options: CallOptions = {}): Promise<PacSession> {
    const { token, baseUrl, gateway, capabilities, expiresAt } = await logIn(
      { client: this.#client, resourceId: this.id, baseUrl: this.#baseUrl, login: this.#login },
      credentials,
      options,
    );
    return this.#session(credentials.userName, { token, baseUrl, gateway, expiresAt }, capabilities);
  }

  resume(saved: SavedSession): PacSession {
    const { token, baseUrl, gateway, capabilities } = saved.state;
    if (saved.resourceId !== this.id || token === undefined || token === "" || baseUrl === undefined) {
      throw new ValueError("NOT_LOGGED_IN", `The saved session is not one of ${this.id}.`, {
        hint: `Log in first: scarf login --resource ${this.id} --user ${saved.userName}`,
        context: { resource: this.id, user: saved.userName },
      });
    }
    const who = { resourceId: this.id, userName: saved.userName };
    const page = this.#login.kind === "token-page" ? this.#login.url : this.#baseUrl;
    // The saved address gets the token: it is checked as on the day of the log-in, the configuration may have changed since.
    const checked = checkedBaseUrl(baseUrl, { baseUrl: this.#baseUrl }, page, who);
    const expiresAt = saved.expiresAt === undefined ? undefined : new Date(saved.expiresAt);
    return this.#session(saved.userName, { token, baseUrl: checked, gateway, expiresAt }, capabilities);
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  #session(userName: string, state: PacState, declared: string | undefined): PacSession {
    const capabilities = declared === undefined ? servicesOwn : gatewayCapabilities(declared);
    this.#capabilities = capabilities;
    return new PacSession({
      resource: this,
      wire: this.#wire(this.#service(userName, state)),
      capabilities,
      declared,
      historyHours: this.#historyHours,
      lookUpPausesSeconds: this.#options.lookUpPausesSeconds ?? [1, 2, 4],
    });
  }

  #wire(service: PacService): PacWire {
    return new LegacyWire(service, this.#historyHours);
  }

  get #historyHours(): number {
    return this.#options.historyHours ?? 168;
  }

  #service(userName: string, state: PacState): PacService {
    return new PacService(
      this.#client,
      { resourceId: this.id, userName },
      state,
      this.#options.uploadChunkBytes,
    );
  }
}

/** With one slash at its end: every path is appended to it. */
function normalBaseUrl(id: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const web = url?.protocol === "https:" || url?.protocol === "http:";
  if (
    url === undefined ||
    !web ||
    url.username !== "" ||
    url.password !== "" ||
    url.search !== "" ||
    url.hash !== ""
  ) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `The address of ${id} is no web address: ${url === undefined ? text : url.origin}`,
      {
        hint: "Write it as https://host:port/platform/, without user, password, ? and #.",
        context: { resource: id },
      },
    );
  }
  return `${url.origin}${url.pathname.replace(/\/*$/, "/")}`;
}
