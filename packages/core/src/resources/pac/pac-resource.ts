import {
  ConfigError,
  isScarfError,
  NotSupportedError,
  SchedulerError,
  ValueError,
} from "../../errors/index.js";
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
import { CurrentWire } from "./current/current-wire.js";
import { LegacyWire } from "./legacy/legacy-wire.js";
import { findGeneration, type FoundGeneration, renderGeneration } from "./login/find-generation.js";
import { type LoggedIn, logIn } from "./login/log-in.js";
import { logInByBearer } from "./login/log-in-by-bearer.js";
import { checkedBaseUrl } from "./login/token-page.js";
import type { PacLogin, PacResourceOptions } from "./pac-options.js";
import { PacService, type PacState } from "./pac-service.js";
import { PacSession } from "./pac-session.js";
import type { PacGeneration, PacWire } from "./pac-wire.js";
import { WireWithFallback } from "./wire-with-fallback.js";
import { oneLine, sentence } from "../session-errors.js";

/**
 * A cluster behind IBM's (LSF) Application Center, either generation of its web service; or our gateway, which speaks both and does
 * more (see `docs/reference/pac.md`).
 */
export class PacResource implements ComputeResource {
  readonly id: string;
  readonly kind = "pac";
  readonly retry: RetryOptions;
  readonly knowsUser: boolean;
  readonly #options: PacResourceOptions;
  readonly #baseUrl: string;
  readonly #login: PacLogin;
  readonly #client: HttpClient;
  #capabilities: Capabilities;
  /** By base address. */
  readonly #found = new Map<string, FoundGeneration>();

  /** @throws {ConfigError} `CONFIG_INVALID`: an address is none, or a certificate would be shown to nobody. */
  constructor(options: PacResourceOptions) {
    this.id = options.id;
    this.#options = options;
    this.retry = options.retry ?? {};
    this.#baseUrl = normalBaseUrl(options.id, options.baseUrl);
    this.#login = options.login ?? { kind: "logon" };
    this.knowsUser = this.#login.kind === "certificate";
    if (this.#login.kind === "token-page") normalBaseUrl(options.id, this.#login.url);
    if (this.#login.kind === "certificate") refusePlainHttp(options.id, this.#baseUrl);
    this.#capabilities = this.#withPassword(servicesOwn);
    this.#client = new HttpClient({
      userAgent: "scarf-tomo",
      ...(this.#login.kind === "certificate" && { clientCertificate: this.#login }),
      ...(options.caFile !== undefined && { caFile: options.caFile }),
      ...(options.timeouts !== undefined && { timeouts: options.timeouts }),
      ...(options.retry !== undefined && { retry: options.retry }),
    });
  }

  get capabilities(): Capabilities {
    return this.#capabilities;
  }

  async ping(options: CallOptions = {}): Promise<PingAnswer> {
    const found = await this.#find(this.#baseUrl, options);
    const service = this.#anybody(this.#baseUrl);
    const startedAt = performance.now();
    const text = await this.#wire(service, found.generation).ping(this.#baseUrl, options);
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
    const roundTripSeconds = (performance.now() - startedAt) / 1000;
    return { message, roundTripSeconds, service: renderGeneration(found) };
  }

  async logIn(credentials: Credentials, options: CallOptions = {}): Promise<PacSession> {
    const { generation } = await this.#find(this.#baseUrl, options);
    const login = this.#login;
    if (login.kind === "bearer") {
      const state = this.#nobody(this.#baseUrl);
      const wire = await logInByBearer(
        { resourceId: this.id, source: login },
        credentials,
        (userName) => this.#wire(this.#service(userName, { ...state, token: "" }), generation),
        options,
      );
      return this.#session(wire);
    }
    const generations = this.#mayFallBack(generation)
      ? ([generation, "legacy"] as const)
      : ([generation] as const);
    const setup = { client: this.#client, resourceId: this.id, baseUrl: this.#baseUrl, login, generations };
    let loggedIn: LoggedIn;
    try {
      loggedIn = await logIn(setup, credentials, options);
    } catch (error) {
      throw await this.#explainMissing(error, generation, options);
    }
    const { userName, ...state } = loggedIn;
    // A token page may name another address.
    const there =
      state.baseUrl === this.#baseUrl ? generation : (await this.#find(state.baseUrl, options)).generation;
    return this.#session(this.#wire(this.#service(userName, state), there));
  }

  resume(saved: SavedSession): PacSession {
    const { token, baseUrl, gateway, capabilities } = saved.state;
    const withoutToken = this.#login.kind === "certificate" || this.#login.kind === "bearer";
    const fits = withoutToken ? token !== undefined : token !== undefined && token !== "";
    if (saved.resourceId !== this.id || !fits || baseUrl === undefined) {
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
    const generation = this.#pinned ?? (saved.state["generation"] === "current" ? "current" : "legacy");
    const state = { token, baseUrl: checked, gateway, capabilities, expiresAt };
    return this.#session(this.#wire(this.#service(saved.userName, state), generation));
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  get #pinned(): PacGeneration | undefined {
    const { generation = "auto" } = this.#options;
    return generation === "auto" ? undefined : generation;
  }

  #mayFallBack(generation: PacGeneration): boolean {
    return generation === "current" && this.#pinned === undefined;
  }

  /**
   * What the server has, asked once; what is pinned if it is the legacy generation, which nobody needs to ask for.
   * @throws {NotSupportedError} `NOT_SUPPORTED`: it has not what is pinned.
   */
  async #find(baseUrl: string, options: CallOptions): Promise<FoundGeneration> {
    if (this.#pinned === "legacy") return { generation: "legacy" };
    const found = this.#found.get(baseUrl) ?? (await findGeneration(this.#anybody(baseUrl), options));
    if (this.#pinned === "current" && found.generation === "legacy") throw this.#missing("legacy");
    this.#found.set(baseUrl, found);
    return found;
  }

  /** A log-in that found no such address, where the legacy generation is pinned: is it the other one that is there? */
  async #explainMissing(error: unknown, generation: PacGeneration, options: CallOptions): Promise<unknown> {
    const httpStatus = isScarfError(error) ? error.context["httpStatus"] : undefined;
    if (generation === "current" || !(httpStatus === 404 || httpStatus === 405 || httpStatus === 410))
      return error;
    try {
      const found = await findGeneration(this.#anybody(this.#baseUrl), options);
      return found.generation === "current" ? this.#missing("current") : error;
    } catch {
      return error;
    }
  }

  #missing(there: PacGeneration): NotSupportedError {
    return new NotSupportedError(
      "NOT_SUPPORTED",
      `${this.id} has only the ${there} generation of the web service, and its definition asks for the other one.`,
      {
        hint: `Set generation = "${there}" for ${this.id}, or leave the setting out.`,
        context: { resource: this.id, generation: there },
      },
    );
  }

  #session(wire: PacWire): PacSession {
    const declared = wire.service.state.capabilities;
    const capabilities = this.#withPassword(
      declared === undefined ? servicesOwn : gatewayCapabilities(declared, wire.generation),
    );
    this.#capabilities = capabilities;
    return new PacSession({
      resource: this,
      wire,
      capabilities,
      historyHours: this.#historyHours,
      lookUpPausesSeconds: this.#options.lookUpPausesSeconds ?? [1, 2, 4],
    });
  }

  #withPassword(capabilities: Capabilities): Capabilities {
    return { ...capabilities, password: this.#login.kind === "logon" || this.#login.kind === "token-page" };
  }

  #wire(service: PacService, generation: PacGeneration): PacWire {
    const legacy = new LegacyWire(service, this.#historyHours);
    if (generation === "legacy") return legacy;
    const current = new CurrentWire(service);
    return this.#mayFallBack(generation) ? new WireWithFallback(current, legacy) : current;
  }

  get #historyHours(): number {
    return this.#options.historyHours ?? 168;
  }

  #nobody(baseUrl: string): PacState {
    return { token: undefined, baseUrl, gateway: undefined, capabilities: undefined, expiresAt: undefined };
  }

  #anybody(baseUrl: string): PacService {
    return this.#service("anybody", this.#nobody(baseUrl));
  }

  #service(userName: string, state: PacState): PacService {
    return new PacService(this.#client, { resourceId: this.id, userName }, state, {
      uploadChunkBytes: this.#options.uploadChunkBytes,
      bearer: this.#login.kind === "bearer" ? this.#login : undefined,
    });
  }
}

function refusePlainHttp(id: string, baseUrl: string): void {
  if (baseUrl.startsWith("https:")) return;
  throw new ConfigError(
    "CONFIG_INVALID",
    `A certificate can be shown only over https, and the address of ${id} is http.`,
    {
      hint: "Give the https address of the service, or another way to log in.",
      context: { resource: id },
    },
  );
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
