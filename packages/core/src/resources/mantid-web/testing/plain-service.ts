import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readMantidForm } from "../../../wire/index.js";
import { boundaryOf } from "../../../wire/multipart/part-headers.js";

export const userName = "ada";
export const password = "p:ss wörd";

interface ServiceJob {
  readonly transaction: string;
  readonly script: string;
  status: string;
  name?: string | undefined;
}

/** What the next requests of a call meet. */
export interface Mishap {
  readonly call: string;
  /** `cut`: the work is done, the answer is not sent. */
  readonly kind: "cut" | "refuse" | "page";
  readonly status?: number;
  times: number;
}

/**
 * The web service as its page describes it and no more: names of files only, no results, names as they stand. It really runs
 * the scripts, by Python, in the transaction's directory.
 */
export class PlainService implements AsyncDisposable {
  readonly requests: string[] = [];
  readonly mishaps: Mishap[] = [];
  readonly jobs = new Map<string, ServiceJob>();
  apiVersion = 1;
  extensions: readonly string[] = ["JOB_DATES", "AUTH_USER_NAME"];
  /** Changes with every answer, as a careful service does it. */
  cookie = 0;
  readonly #folder: string;
  readonly #server = createServer((request, response) => {
    this.#serve(request, response).catch(() => response.destroy());
  });

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(): Promise<PlainService> {
    const service = new PlainService(await mkdtemp(join(tmpdir(), "mantid-service-")));
    await new Promise<void>((resolve) => service.#server.listen(0, "127.0.0.1", resolve));
    return service;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    return `http://127.0.0.1:${address.port}/MantidRemote`;
  }

  directory(transaction: string): string {
    return join(this.#folder, transaction);
  }

  transactions(): Promise<string[]> {
    return readdir(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://x");
    const call = url.pathname.replace("/MantidRemote/", "");
    this.requests.push(`${request.method} ${call}${url.search}`);
    const mishap = this.mishaps.find((one) => one.call === call && one.times > 0);
    if (mishap !== undefined) mishap.times -= 1;
    if (mishap?.kind === "refuse")
      return answer(response, mishap.status ?? 500, { Err_Msg: "it is the service's bad day" });
    if (mishap?.kind === "page") {
      response.setHeader("content-type", "text/html");
      response.end("<html><title>Please log in</title></html>");
      return;
    }
    const result = await this.#act(call, url.searchParams, request);
    if (mishap?.kind === "cut") response.destroy();
    else if (result.body instanceof Uint8Array) response.end(result.body);
    else {
      if (call !== "info" && result.status < 300) {
        this.cookie += 1;
        response.setHeader("set-cookie", [`a=${this.cookie}; Path=/`, "b=x"]);
      }
      answer(response, result.status, result.body);
    }
  }

  async #act(
    call: string,
    query: URLSearchParams,
    request: IncomingMessage,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const isLoggedIn = request.headers.cookie === `a=${this.cookie}; b=x`;
    if (call === "info") {
      const body = { API_Version: this.apiVersion, API_Extensions: this.extensions };
      return { status: 200, body: { ...body, ...(isLoggedIn && { Authenticated_As: userName }) } };
    }
    if (call === "authenticate") {
      const right = `Basic ${Buffer.from(`${userName}:${password}`).toString("base64")}`;
      return { status: request.headers.authorization === right ? 200 : 401, body: {} };
    }
    if (!isLoggedIn) return { status: 401, body: { Err_Msg: "log in" } };
    const id = query.get("TransID") ?? "";
    switch (call) {
      case "transaction":
        return this.#transaction(query.get("Action"), id);
      case "files":
        return { status: 200, body: { Files: await readdir(this.directory(id)) } };
      case "download":
        try {
          return { status: 200, body: await readFile(join(this.directory(id), query.get("File") ?? "")) };
        } catch {
          return { status: 404, body: { Err_Msg: "no such file" } };
        }
      case "upload":
      case "submit":
        return this.#receive(call, request);
      case "query":
        return this.#query(query.get("JobID"));
      default:
        return this.#abort(query.get("JobID") ?? "");
    }
  }

  async #transaction(action: string | null, id: string): Promise<{ status: number; body: unknown }> {
    if (action === "Stop") {
      await rm(this.directory(id), { recursive: true });
      return { status: 200, body: {} };
    }
    const next = String(57 + this.requests.length);
    await mkdir(this.directory(next));
    return { status: 200, body: { TransID: next } };
  }

  async #receive(call: string, request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const fields = new Map<string, string>();
    const form = readMantidForm(request, {
      boundary: boundaryOf(request.headers["content-type"]),
      maxFieldBytes: 1_000_000,
    });
    for await (const item of form) {
      if (item.kind === "field") fields.set(item.name, item.value);
      else
        await writeFile(join(this.directory(fields.get("TransID") ?? ""), item.fileName ?? ""), item.chunks);
    }
    if (call === "upload") return { status: 201, body: {} };
    const [transaction = "", script = ""] = [fields.get("TransID"), fields.get("ScriptName")];
    const cwd = this.directory(transaction);
    await writeFile(join(cwd, script), fields.get(script) ?? "");
    const id = String(3954 + this.jobs.size);
    const job: ServiceJob = { transaction, script, status: "RUNNING", name: fields.get("JobName") };
    this.jobs.set(id, job);
    const started = spawn(script.endsWith(".py") ? "python3" : "/bin/sh", [script], { cwd, stdio: "ignore" });
    started.once("exit", () => {
      if (job.status === "RUNNING") job.status = "COMPLETED";
    });
    return { status: 201, body: { JobID: Number(id) } };
  }

  #query(id: string | null): { status: number; body: unknown } {
    if (id !== null && !this.jobs.has(id)) return { status: 400, body: { Err_Msg: "no such job" } };
    const shown = [...this.jobs].filter(([one]) => id === null || one === id);
    const members = shown.map(([one, { transaction, script, status, name }]) => [
      one,
      {
        TransID: transaction,
        JobName: name ?? "",
        ScriptName: script,
        JobStatus: status,
        SubmitDate: "2015-02-12T10:21:33",
      },
    ]);
    return { status: 200, body: Object.fromEntries(members) };
  }

  #abort(id: string): { status: number; body: unknown } {
    const job = this.jobs.get(id);
    if (job === undefined) return { status: 400, body: { Err_Msg: "no such job" } };
    if (job.status === "RUNNING") job.status = "REMOVED";
    return { status: 200, body: {} };
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
