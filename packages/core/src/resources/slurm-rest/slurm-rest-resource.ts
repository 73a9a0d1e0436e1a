import { AuthError, ConfigError, isScarfError, ValueError } from "../../errors/index.js";
import type { Capabilities } from "../../model/index.js";
import { HttpClient } from "../../transports/http/index.js";
import type { RetryOptions } from "../../transports/retry.js";
import { isSlurmApiVersion, type SlurmApiVersion } from "../../wire/index.js";
import type {
  CallOptions,
  ComputeResource,
  Credentials,
  PingAnswer,
  SavedSession,
} from "../compute-resource.js";
import { isLoopback } from "../is-loopback.js";
import { notLoggedIn, type Who } from "../session-errors.js";
import { getCapabilities } from "./capabilities.js";
import type { SlurmRestResourceOptions, SlurmTokenSource } from "./slurm-rest-options.js";
import { SlurmRestService } from "./slurm-rest-service.js";
import { SlurmRestSession } from "./slurm-rest-session.js";
import { readTokenClaims } from "./slurm-token.js";
import { TokenHolder } from "./token-holder.js";
import { UserFolder } from "./user-folder.js";

/**
 * A cluster behind Slurm's REST daemon (22.05 to 26.05, versions v0.0.36 to v0.0.45 of its interface). It has no files: a folder that
 * this machine shares with the nodes stands in for that (see `docs/reference/slurm-rest.md`).
 */
export class SlurmRestResource implements ComputeResource {
  readonly id: string;
  readonly kind = "slurm-rest";
  readonly capabilities: Capabilities;
  readonly retry: RetryOptions;
  readonly #options: SlurmRestResourceOptions;
  readonly #baseUrl: string;
  readonly #client: HttpClient;
  #version: SlurmApiVersion | undefined;

  /** @throws {ConfigError} `CONFIG_INVALID`: the address is none, or tokens would travel to it in clear text. */
  constructor(options: SlurmRestResourceOptions) {
    this.id = options.id;
    this.retry = options.retry ?? {};
    this.capabilities = getCapabilities(options);
    this.#options = options;
    this.#version = options.apiVersion;
    this.#baseUrl = checkedBaseUrl(options);
    this.#client = new HttpClient({
      userAgent: "scarf-tomo",
      ...(options.caFile !== undefined && { caFile: options.caFile }),
      ...(options.socketPath !== undefined && { socketPath: options.socketPath }),
      ...(options.timeouts !== undefined && { timeouts: options.timeouts }),
      ...(options.retry !== undefined && { retry: options.retry }),
    });
  }

  async ping({ signal }: CallOptions = {}): Promise<PingAnswer> {
    const startedAt = performance.now();
    const service = this.#service({ resourceId: this.id, userName: "nobody" }, undefined);
    const versions = await service.fetchVersions(signal);
    return {
      message: `Slurm's REST daemon, ${versions.join(", ")}`,
      roundTripSeconds: (performance.now() - startedAt) / 1000,
      service: `slurmrestd ${versions.find(isSlurmApiVersion) ?? versions[0] ?? ""}`.trimEnd(),
    };
  }

  async logIn({ userName, password }: Credentials, { signal }: CallOptions = {}): Promise<SlurmRestSession> {
    const who: Who = { resourceId: this.id, userName };
    const isGiven = this.#tokenSource.kind === "given";
    if (userName === "" || (isGiven && (password ?? "") === "")) {
      throw new ValueError(
        "PROPERTY_MISSING",
        `A log-in on ${this.id} needs a user name${isGiven ? " and a token" : ""}.`,
        {
          hint: isGiven
            ? "Get a token on the cluster (scontrol token lifespan=36000) and give what stands behind SLURM_JWT= as the password."
            : `Give it: scarf login --resource ${this.id} --user NAME.`,
          context: { resource: this.id },
        },
      );
    }
    if (!/^[\w@-][\w.@-]{0,63}$/.test(userName))
      throw new ValueError(
        "PROPERTY_INVALID",
        `${JSON.stringify(userName.slice(0, 80))} can't be a user's name on a cluster.`,
        {
          hint: "Use the name that you have on the cluster itself.",
        },
      );
    const token = password?.trim().replace(/^SLURM_JWT=/, "");
    const service = this.#service(who, token);
    checkOwner(who, service.token.get());
    try {
      await service.checkSession(signal);
    } catch (error) {
      throw isScarfError(error) && error.code === "SESSION_EXPIRED" ? notAccepted(who, error) : error;
    }
    this.#version ??= service.version;
    return this.#session(service);
  }

  resume(saved: SavedSession): SlurmRestSession {
    const who: Who = { resourceId: this.id, userName: saved.userName };
    const { token = "", apiVersion = "" } = saved.state;
    if (saved.resourceId !== this.id || (this.#tokenSource.kind === "given" && token === ""))
      throw notLoggedIn(who);
    if (isSlurmApiVersion(apiVersion)) this.#version ??= apiVersion;
    return this.#session(this.#service(who, token === "" ? undefined : token));
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  get #tokenSource(): SlurmTokenSource {
    return this.#options.token ?? { kind: "given" };
  }

  #service(who: Who, token: string | undefined): SlurmRestService {
    const holder = new TokenHolder(this.#tokenSource, who, token);
    return new SlurmRestService(this.#client, this.#baseUrl, { who, token: holder, version: this.#version });
  }

  #session(service: SlurmRestService): SlurmRestSession {
    const { sharedFolder, lookUpPausesSeconds = [1, 2, 4, 8] } = this.#options;
    const begin = (): void => {
      if (service.token.isClosed) throw notLoggedIn(service.who);
    };
    return new SlurmRestSession({
      resource: this,
      service,
      folder: sharedFolder && new UserFolder(sharedFolder, service.who, begin),
      lookUpPausesSeconds,
    });
  }
}

/** 22.05 says nothing but "Unspecified error" about somebody else's token. */
function checkOwner({ resourceId, userName }: Who, token: string): void {
  const owner = readTokenClaims(token)?.userName;
  if (owner === undefined || owner === userName) return;
  throw new AuthError("AUTH_FAILED", `The token is one of ${owner}'s, not of ${userName}'s.`, {
    hint: `Log in as ${owner}, or get a token of ${userName}'s.`,
    context: { resource: resourceId, user: userName },
  });
}

function notAccepted({ resourceId, userName }: Who, cause: Error): AuthError {
  return new AuthError("AUTH_FAILED", `${resourceId} did not accept the token of ${userName}.`, {
    hint: "Get a new one on the cluster (scontrol token lifespan=36000). If that fails, too, the cluster's key may have changed: ask its administrators.",
    context: { resource: resourceId, user: userName },
    cause,
  });
}

/** Without a slash at its end. */
function checkedBaseUrl({ id, baseUrl, socketPath, insecure = false }: SlurmRestResourceOptions): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  const isPlain = url !== undefined && url.username + url.password + url.search + url.hash === "";
  if (url === undefined || !isPlain || (url.protocol !== "https:" && url.protocol !== "http:")) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `The address of ${id} is no web address: ${url?.origin ?? baseUrl}`,
      {
        hint: "Write it as https://host:6820, without user, password, ? and #.",
        context: { resource: id },
      },
    );
  }
  if (url.protocol === "http:" && socketPath === undefined && !insecure && !isLoopback(url.hostname)) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `The address of ${id} is http://: its users' tokens would cross the network in clear text.`,
      {
        hint: "Write https://. If something else protects the way there, say insecure = true.",
        context: { resource: id },
      },
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}
