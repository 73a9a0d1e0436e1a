import { ConfigError, NotSupportedError, ValueError } from "../../errors/index.js";
import type { Capabilities } from "../../model/index.js";
import { HttpClient } from "../../transports/http/index.js";
import type { RetryOptions } from "../../transports/retry.js";
import {
  mantidApiVersion,
  mantidExtensions,
  type MantidServiceInfo,
  parseServiceInfo,
} from "../../wire/index.js";
import type {
  CallOptions,
  ComputeResource,
  Credentials,
  PingAnswer,
  SavedSession,
} from "../compute-resource.js";
import { isLoopback } from "../is-loopback.js";
import { interfacesOwn, withGateway } from "./capabilities.js";
import { authenticate } from "./authenticate.js";
import { MantidWebService, type MantidState } from "./mantid-web-service.js";
import { MantidWebSession } from "./mantid-web-session.js";
import type { MantidWebResourceOptions } from "./mantid-web-options.js";

/**
 * A cluster behind the web service that Mantid's remote algorithms were made for (Fermi at ORNL), or our gateway, which speaks the
 * same and does more (see `docs/reference/mantid-web.md`).
 */
export class MantidWebResource implements ComputeResource {
  readonly id: string;
  readonly kind = "mantid-web";
  readonly retry: RetryOptions;
  readonly #options: MantidWebResourceOptions;
  readonly #baseUrl: string;
  readonly #client: HttpClient;
  #capabilities: Capabilities = interfacesOwn;

  /** @throws {ConfigError} `CONFIG_INVALID`: the address is none, or a password would travel to it in clear text. */
  constructor(options: MantidWebResourceOptions) {
    this.id = options.id;
    this.retry = options.retry ?? {};
    this.#options = options;
    this.#baseUrl = checkedBaseUrl(options);
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
    const startedAt = performance.now();
    const { apiVersion, extensions } = await this.#fetchInfo("anybody", options);
    const list = extensions.length === 0 ? "no extensions" : `extensions ${extensions.join(", ")}`;
    return {
      message: `Mantid web service, version ${apiVersion}, ${list}`,
      roundTripSeconds: (performance.now() - startedAt) / 1000,
    };
  }

  async logIn(credentials: Credentials, options: CallOptions = {}): Promise<MantidWebSession> {
    const { userName, password = "" } = credentials;
    if (userName === "" || password === "") {
      throw new ValueError("PROPERTY_MISSING", `A log-in on ${this.id} needs a user name and a password.`, {
        hint: `Give both: scarf login --resource ${this.id}${userName === "" ? "" : ` --user ${userName}`}`,
        context: { resource: this.id },
      });
    }
    // Before any password is sent: is it the service that we think it is?
    const info = await this.#fetchInfo(userName, options);
    if (info.apiVersion !== mantidApiVersion) throw this.#otherVersion(info);
    const service = this.#service(userName, stateOf(info));
    const { cookies, declared } = await authenticate(service, { userName, password }, options);
    const isOurs = info.extensions.includes(mantidExtensions.scarf);
    const { expiresAt } = service.state;
    return this.#session(userName, {
      ...stateOf(info),
      cookies,
      declared: isOurs ? declared : undefined,
      expiresAt,
    });
  }

  resume(saved: SavedSession): MantidWebSession {
    const { cookies, extensions = "", submitVariables = "", capabilities } = saved.state;
    if (saved.resourceId !== this.id || cookies === undefined || cookies === "") {
      throw new ValueError("NOT_LOGGED_IN", `The saved session is not one of ${this.id}.`, {
        hint: `Log in first: scarf login --resource ${this.id} --user ${saved.userName}`,
        context: { resource: this.id, user: saved.userName },
      });
    }
    return this.#session(saved.userName, {
      cookies,
      extensions: splitList(extensions),
      submitVariables: splitList(submitVariables),
      declared: capabilities,
      expiresAt: saved.expiresAt === undefined ? undefined : new Date(saved.expiresAt),
    });
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  #fetchInfo(userName: string, { signal }: CallOptions): Promise<MantidServiceInfo> {
    const service = this.#service(userName, {
      cookies: undefined,
      extensions: [],
      submitVariables: [],
      declared: undefined,
      expiresAt: undefined,
    });
    return service.json(
      { call: "info", repeatable: true, signal, doing: "tell its version", anonymous: true },
      parseServiceInfo,
    );
  }

  #otherVersion({ apiVersion }: MantidServiceInfo): Error {
    return new NotSupportedError(
      "NOT_SUPPORTED",
      `${this.id} speaks version ${apiVersion} of its interface; this program knows version ${mantidApiVersion}.`,
      {
        hint: "Nothing was sent. Look for a newer version of this program, or ask the administrators of the resource.",
        context: { resource: this.id, apiVersion },
      },
    );
  }

  #session(userName: string, state: MantidState): MantidWebSession {
    const capabilities = state.declared === undefined ? interfacesOwn : withGateway(state.declared);
    this.#capabilities = capabilities;
    const { scripts = "python", requestVariables = {}, lookUpPausesSeconds = [1, 2, 4] } = this.#options;
    return new MantidWebSession({
      resource: this,
      service: this.#service(userName, state),
      capabilities,
      submitting: { scripts, requestVariables, lookUpPausesSeconds, retry: this.retry },
    });
  }

  #service(userName: string, state: MantidState): MantidWebService {
    return new MantidWebService(this.#client, this.#baseUrl, { resourceId: this.id, userName }, state);
  }
}

function stateOf({ extensions, submitVariables }: MantidServiceInfo): MantidState {
  return { cookies: undefined, extensions, submitVariables, declared: undefined, expiresAt: undefined };
}

function splitList(text: string): readonly string[] {
  return text.split(",").filter((word) => word !== "");
}

/** With one slash at its end: every call is appended to it. */
function checkedBaseUrl({ id, baseUrl, insecure = false }: MantidWebResourceOptions): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const isPlain = url !== undefined && url.username + url.password + url.search + url.hash === "";
  if (url === undefined || !isPlain || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `The address of ${id} is no web address: ${url?.origin ?? baseUrl}`,
      {
        hint: "Write it as https://host/MantidRemote, without user, password, ? and #.",
        context: { resource: id },
      },
    );
  }
  if (url.protocol === "http:" && !insecure && !isLoopback(url.hostname)) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `The address of ${id} is http://: its users' passwords would cross the network in clear text.`,
      {
        hint: "Write https://. If something else protects the way there, say insecure = true.",
        context: { resource: id },
      },
    );
  }
  return `${url.origin}${url.pathname.replace(/\/*$/, "/")}`;
}
