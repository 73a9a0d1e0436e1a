import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { answerCurrent, type CurrentOptions, serverPage } from "./answer-current.js";
import type { TestCertificates } from "../../../testing/certificates.js";
import { splitMultipart, type SplitPart } from "./split-multipart.js";

export interface RecordedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for bodies above 4 MiB; then only size and digest are known. */
  readonly body: Buffer;
  readonly bodyBytes: number;
  readonly bodySha256: string;
}

export interface SimulatedJob {
  id: string;
  name: string;
  status: string;
  extStatus?: string;
  cmd?: string;
  exitCode?: string;
  startTime?: string;
  description?: string;
  [element: string]: string | undefined;
}

export interface SimulatedFile {
  readonly name: string;
  readonly content: Buffer | { readonly sizeBytes: number };
  /** What the list says; the content's own size when absent. */
  readonly listedBytes?: number;
  readonly unreadable?: boolean;
}

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** What goes wrong with the requests whose path matches, `times` times (default: always). */
export interface Fault {
  readonly path: RegExp;
  times?: number;
  /** Answered instead of doing anything. */
  readonly reply?: Reply;
  /** The work is done, then the connection closed without an answer. */
  readonly loseAnswer?: boolean;
  /** The connection is closed as soon as the request's head is here. */
  readonly refuse?: boolean;
  /** Of the ordinary answer only so many bytes leave, under its full Content-Length; then the connection is closed. */
  readonly cutAtByte?: number;
  /** As `cutAtByte`, but the connection stays open and silent. */
  readonly stallAtByte?: number;
  readonly delaySeconds?: number;
  /** Changes the ordinary answer. */
  readonly change?: (reply: Reply) => Reply;
}

export interface SimulatorOptions {
  readonly certificates?: TestCertificates;
  readonly password?: string;
  /** Answer as our gateway does: with its headers, and one job per submit key. */
  readonly gateway?: boolean;
  /** Serve the current generation, too. */
  readonly current?: CurrentOptions;
}

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const token = 'scarf362"2026-02-10T18:50:00Z"Mv2ncX8Z0TpH0lZHxMyXNVCb7ucT6jHNOx+/"054LJVytYAa7QagStQiqdw==';
const expired = "Your current login session was logout, please log on again.";

/**
 * The legacy web service on loopback, written from the protocol document and from nothing of ours, with switches for all
 * that can go wrong.
 */
export class PacSimulator implements AsyncDisposable {
  readonly requests: RecordedRequest[] = [];
  readonly jobs: SimulatedJob[] = [];
  readonly files = new Map<string, SimulatedFile[]>();
  readonly uploads: {
    directory: string;
    name: string;
    content: Buffer;
    url: string;
    fields: Record<string, string>;
  }[] = [];
  readonly submits: { application: string; parameters: Map<string, string>; files: Map<string, Buffer> }[] =
    [];
  readonly faults: Fault[] = [];
  password = "secret pass+word&#%";
  expired = false;
  connections = 0;
  gatewayHeaders: Record<string, string> = {};
  #nextId = 417_666;
  readonly #keys = new Map<string, string>();
  readonly #server: Server;
  readonly #secure: boolean;
  readonly #gateway: boolean;
  /** May be changed while it runs. */
  current: CurrentOptions | undefined;

  private constructor(options: SimulatorOptions) {
    const { certificates } = options;
    this.#secure = certificates !== undefined;
    this.#gateway = options.gateway === true;
    this.current = options.current;
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      this.#handle(request, response).catch(() => request.socket.destroy());
    };
    this.#server =
      certificates === undefined ? createServer(handle) : createSecureServer(certificates.pem, handle);
    this.#server.on(this.#secure ? "secureConnection" : "connection", () => this.connections++);
    if (this.#gateway) {
      this.gatewayHeaders = {
        "scarf-gateway": "0.1.0",
        "scarf-capabilities":
          "submitOnce,hold,suspend,requeue,arrays,dependencies,beginAt,preciseOutcomes,exclusiveWrite",
      };
    }
  }

  static async start(options: SimulatorOptions = {}): Promise<PacSimulator> {
    const simulator = new PacSimulator(options);
    simulator.#server.listen(0, "127.0.0.1");
    await once(simulator.#server, "listening");
    return simulator;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("The simulator does not listen.");
    return address.port;
  }

  get origin(): string {
    return `${this.#secure ? "https" : "http"}://127.0.0.1:${this.port}`;
  }

  get baseUrl(): string {
    return `${this.origin}/platform/`;
  }

  /** Requests below `webservice/pacclient/` whose path begins so. */
  sent(path: string): RecordedRequest[] {
    return this.requests.filter(({ url }) => url.startsWith(`/platform/webservice/pacclient/${path}`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? "";
    const fault = this.faults.find((one) => one.path.test(url) && (one.times ?? 1) > 0);
    if (fault?.times !== undefined) fault.times--;
    if (fault?.refuse === true) {
      request.socket.destroy();
      return;
    }
    const recorded = await record(request);
    this.requests.push(recorded);
    if (fault?.delaySeconds !== undefined) await sleep(fault.delaySeconds * 1000);
    const reply = fault?.reply ?? this.#answer(recorded);
    if (fault?.loseAnswer === true) {
      request.socket.destroy();
      return;
    }
    const changed = fault?.change === undefined || "sizeBytes" in reply ? reply : fault.change(reply);
    await this.#send(changed, response, fault);
  }

  async #send(reply: Reply | BigReply, response: ServerResponse, fault: Fault | undefined): Promise<void> {
    const headers = { "Content-Type": "text/plain", ...this.gatewayHeaders, ...reply.headers };
    if ("sizeBytes" in reply) {
      response.writeHead(200, { ...headers, "Content-Length": String(reply.sizeBytes) });
      for (const chunk of reply.chunks()) {
        if (!response.write(chunk)) await once(response, "drain");
      }
      response.end();
      return;
    }
    const body = Buffer.from(reply.body);
    response.writeHead(reply.status ?? 200, { "Content-Length": String(body.length), ...headers });
    const until = fault?.cutAtByte ?? fault?.stallAtByte;
    if (until === undefined) {
      response.end(body);
      return;
    }
    response.write(body.subarray(0, until));
    if (fault?.stallAtByte === undefined) setTimeout(() => response.destroy(), 20);
  }

  #answer(request: RecordedRequest): Reply | BigReply {
    const url = new URL(request.url.replace(/^\/+/, "/"), "http://x");
    if (url.pathname === "/cgi-bin/token.py") return this.#tokenPage(request, url);
    if (url.pathname.startsWith("/platform/ws/")) return this.#answerCurrent(request, url);
    const [operation = "", ...rest] = url.pathname
      .replace(/^\/platform\/webservice\/pacclient\//, "")
      .split("/");
    if (operation === "ping") return { body: `Web Services are ready on URL:${request.body.toString()}\n` };
    if (operation === "logon") return this.#logon(request);
    const cookie = request.headers["cookie"] ?? "";
    const valid = !this.expired && cookie === `platform_token=${token.replaceAll('"', "#quote#")}`;
    const id = decodeURIComponent(rest.at(-1) ?? "");
    switch (operation) {
      case "logout":
        return { body: valid ? "ok" : expired };
      case "jobs":
        return valid
          ? this.#listJobs(url.searchParams)
          : { body: `${xml}<Jobs><errMsg>${expired}</errMsg></Jobs>` };
      case "jobfiles":
        return { body: valid ? this.#listFiles(id) : expired };
      case "file":
        return valid ? this.#file(id, request) : { status: 403, body: "" };
      case "upfile":
      case "uplargefile":
        return { body: valid ? this.#upload(request) : expired };
      default:
        if (!valid) return { body: `${xml}<Job><errMsg>${expired}</errMsg><id>0</id></Job>` };
    }
    switch (operation) {
      case "submitapp":
        return this.#submit(request);
      case "jobOperation":
        return this.#operate(rest[0] ?? "", id);
      case "userCmd":
        return {
          body: `${xml}<UserCmd><cmdMsg>ran ${/<cmd>(.*)<\/cmd>/s.exec(request.body.toString())?.[1]}</cmdMsg></UserCmd>`,
        };
      case "appStatus":
        return {
          body: `${xml}<AppInfos><AppInfo><appName>generic</appName><status>Published</status></AppInfo></AppInfos>`,
        };
      case "appParams":
        // A site's own applications have no command line to type.
        if (request.body.toString() !== "generic") return { body: `${xml}<AppParams></AppParams>` };
        return {
          body: `${xml}<AppParams><AppParam><defaultValue>-</defaultValue><id>COMMANDTORUN</id><label>Command to run</label><mandatory>yes</mandatory></AppParam></AppParams>`,
        };
      default:
        return {
          status: 404,
          body: "<html><head><title>Error 404</title></head></html>",
          headers: { "Content-Type": "text/html" },
        };
    }
  }

  #answerCurrent(request: RecordedRequest, url: URL): Reply {
    if (this.current === undefined) return serverPage;
    const cookie = request.headers["cookie"] ?? "";
    return answerCurrent(request, url, this.current, {
      jobs: this.jobs,
      valid: !this.expired && cookie === `platform_token=${token.replaceAll('"', "#quote#")}`,
      legacy: (path, body = "") => {
        const bytes = Buffer.from(body);
        const reply = this.#answer({
          ...request,
          url: `/platform/webservice/pacclient/${path}`,
          body: bytes,
          bodyBytes: bytes.length,
        });
        if ("sizeBytes" in reply) throw new Error("too large for this generation of the simulator");
        return reply;
      },
    });
  }

  #tokenPage(request: RecordedRequest, url: URL): Reply {
    const form = request.method === "POST" ? new URLSearchParams(request.body.toString()) : url.searchParams;
    if (form.get("password") !== this.password) return { body: "<h1>Wrong username or password</h1>" };
    return { body: `${this.baseUrl}\n${token}\n` };
  }

  #logon({ body }: RecordedRequest): Reply {
    const given = /<pass>(.*)<\/pass>/s.exec(body.toString("utf8"))?.[1] ?? "";
    const password = given
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&amp;", "&");
    return password === this.password
      ? { body: `${xml}<User><token>${token}\n</token></User>` }
      : { body: `${xml}<User><errMsg>The user name or password is incorrect.</errMsg></User>` };
  }

  #listJobs(query: URLSearchParams): Reply {
    const details = query.get("details") === "yes";
    const [id, name, status] = [query.get("id"), query.get("name"), query.get("status")];
    const found = this.jobs.filter(
      (job) =>
        (id === null || job.id === id || job.id.startsWith(`${id}[`)) &&
        (status === null || job.status === status) &&
        (name === null ||
          job.name === name ||
          (name.endsWith("*") && job.name.startsWith(name.slice(0, -1)))),
    );
    if (found.length === 0) return { body: `${xml}<Jobs><note>No matching job found</note></Jobs>` };
    const elements = found.map((job) => {
      const fields = details
        ? job
        : { cmd: job.cmd, extStatus: job.extStatus, id: job.id, name: job.name, status: job.status };
      const children = Object.entries({ extStatus: "-", ...(details && { startTime: "-" }), ...fields });
      return `<Job>${children.map(([key, value]) => `<${key}>${escape(value ?? "-")}</${key}>`).join("")}</Job>`;
    });
    return {
      body: `${xml}<Jobs>${elements.join("")}</Jobs>`,
      headers: { "Content-Type": "application/xml" },
    };
  }

  #listFiles(id: string): string {
    const files = this.files.get(id);
    if (files === undefined) return `Job <${id}> is not found`;
    return files
      .map(({ name, content, listedBytes, unreadable }) => {
        const size = listedBytes ?? (Buffer.isBuffer(content) ? content.length : content.sizeBytes);
        return name.endsWith("/")
          ? `PAC Server*/home/isisg/scarf362/J/${name.slice(0, -1)}*DIR*0*true;`
          : `PAC Server*/home/isisg/scarf362/J/${name}*FILE*${size}*${unreadable !== true};`;
      })
      .join("");
  }

  #file(id: string, { body, headers }: RecordedRequest): Reply | BigReply {
    const all = this.files.get(id) ?? [];
    const names = body
      .toString("utf8")
      .split(",")
      .map((name) => name.trim());
    const found = names.map((name) => all.find((file) => file.name === name));
    const files = found.filter((file) => file !== undefined);
    if (files.length < names.length) return { status: 404, body: "" };
    if (headers["accept"]?.includes("multipart/mixed") !== true) return { body: toBuffer(files[0]?.content) };
    const [first] = files;
    if (first !== undefined && !Buffer.isBuffer(first.content))
      return bigDownload(first.name, first.content.sizeBytes);
    const pieces = files.flatMap(({ name, content }) => [
      Buffer.from(
        `\r\n--uuid:8f2d0c4e-1\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <${name.split("/").at(-1)}>\r\n\r\n`,
      ),
      toBuffer(content),
    ]);
    return {
      body: Buffer.concat([...pieces, Buffer.from("\r\n--uuid:8f2d0c4e-1--")]),
      headers: { "Content-Type": 'multipart/mixed; boundary="uuid:8f2d0c4e-1"' },
    };
  }

  #upload(request: RecordedRequest): string {
    if (request.body.length < request.bodyBytes) return "File was uploaded successfully";
    const parts = splitMultipart(request.body, request.headers["content-type"] ?? "");
    const file = parts.at(-1);
    const fields = Object.fromEntries(
      parts.slice(0, -1).map(({ name, content }) => [name, content.toString("utf8")]),
    );
    this.uploads.push({
      directory: decodeURIComponent(fields["DirName"] ?? ""),
      name: file?.name ?? "",
      content: file?.content ?? Buffer.alloc(0),
      url: request.url,
      fields,
    });
    return "The file was uploaded successfully.";
  }

  #submit(request: RecordedRequest): Reply {
    const key = request.headers["scarf-submit-key"];
    const known = this.#gateway && key !== undefined ? this.#keys.get(key) : undefined;
    if (known !== undefined) return { body: `${xml}<Job><id>${known}</id></Job>` };
    const [app, data, ...files] = splitMultipart(request.body, request.headers["content-type"] ?? "");
    const parameters = new Map(parametersOf(data));
    this.submits.push({
      application: app?.content.toString() ?? "",
      parameters,
      files: new Map(files.map(({ name, content }) => [name, content])),
    });
    const id = String(this.#nextId++);
    if (key !== undefined) this.#keys.set(key, id);
    const description = /-Jd '?([^']*)'?/.exec(parameters.get("EXTRA_PARAMS") ?? "")?.[1];
    this.jobs.push({
      id,
      name: parameters.get("JOB_NAME") ?? "-",
      status: "Pending",
      cmd: parameters.get("COMMANDTORUN") ?? "-",
      ...(description !== undefined && { description }),
    });
    return { body: `${xml}<Job><id>${id}</id></Job>` };
  }

  #operate(action: string, id: string): Reply {
    const job = this.jobs.find((one) => one.id === id);
    const refuse = (message: string): Reply => ({
      body: `${xml}<Job><errMsg>${message}</errMsg><id>0</id></Job>`,
    });
    if (job === undefined) return refuse(`Job &lt;${id}&gt;: No matching job found`);
    if (job.status === "Done" || job.status === "Exit") {
      if (action !== "requeue") return refuse(`Job &lt;${id}&gt;: Job has already finished`);
    }
    const started = job.startTime !== undefined && job.startTime !== "-";
    job.status =
      { kill: "Exit", suspend: "Suspended", resume: started ? "Running" : "Pending", requeue: "Pending" }[
        action
      ] ?? "?";
    return {
      body: `${xml}<Job><actionMsg>Job &lt;${id}&gt; is being ${action}ed</actionMsg><id>${id}</id></Job>`,
    };
  }
}

interface BigReply {
  readonly headers?: Readonly<Record<string, string>>;
  readonly sizeBytes: number;
  chunks(): Iterable<Buffer>;
}

function bigDownload(name: string, sizeBytes: number): BigReply {
  const head = Buffer.from(
    `\r\n--uuid:big\r\nContent-Type: application/octet-stream\r\nContent-ID: <${name}>\r\n\r\n`,
  );
  const tail = Buffer.from("\r\n--uuid:big--");
  const chunk = Buffer.alloc(1_048_576, "\r\n--uuid:bi");
  return {
    headers: { "Content-Type": 'multipart/mixed; boundary="uuid:big"' },
    sizeBytes: head.length + sizeBytes + tail.length,
    *chunks() {
      yield head;
      for (let left = sizeBytes; left > 0; left -= chunk.length)
        yield chunk.subarray(0, Math.min(left, chunk.length));
      yield tail;
    },
  };
}

async function record(request: IncomingMessage): Promise<RecordedRequest> {
  const pieces: Buffer[] = [];
  const hash = createHash("sha256");
  let bodyBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bodyBytes += chunk.length;
    hash.update(chunk);
    if (bodyBytes <= 4 * 1_048_576) pieces.push(chunk);
    else pieces.length = 0;
  }
  if (!request.complete) throw new Error("the request was cut");
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  return {
    method: request.method ?? "",
    url: request.url ?? "",
    headers,
    body: bodyBytes <= 4 * 1_048_576 ? Buffer.concat(pieces) : Buffer.alloc(0),
    bodyBytes,
    bodySha256: hash.digest("hex"),
  };
}

function parametersOf(data: SplitPart | undefined): [string, string][] {
  if (data === undefined) return [];
  const type = /Content-Type: (.*)/.exec(data.head)?.[1] ?? "";
  return splitMultipart(data.content, type).map(({ content }) => {
    const match = /^<AppParam><id>(.*)<\/id><value>(.*)<\/value><type>(?:file)?<\/type><\/AppParam>$/s.exec(
      content.toString("utf8"),
    );
    if (match === null) throw new Error(`not an AppParam: ${content.toString("utf8")}`);
    return [match[1] ?? "", unescape(match[2] ?? "")];
  });
}

function toBuffer(content: SimulatedFile["content"] | undefined): Buffer {
  return Buffer.isBuffer(content) ? content : Buffer.alloc(0);
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function unescape(text: string): string {
  return text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
