import type { RecordedRequest, Reply, SimulatedJob } from "./pac-simulator.js";

/** What a simulated service of the current generation is like. */
export interface CurrentOptions {
  /** Operations it does not have, by the beginning of what follows `ws/`: the server's own page, 404. */
  readonly lacks?: readonly string[];
  /** Operations its edition does not have: 503 in the service's own words. */
  readonly wrongEdition?: readonly string[];
  /** Answers in JSON whatever is asked for, as Bridge reads them. */
  readonly json?: boolean;
  /** Elements with a prefix, as Java's binding writes them. */
  readonly prefix?: string;
  /** Text of `jobhistory` by job. */
  readonly histories?: ReadonlyMap<string, string>;
}

export const serverPage: Reply = {
  status: 404,
  body: "<html><head><title>Error 404</title></head><body>Not here</body></html>",
  headers: { "Content-Type": "text/html" },
};

interface Context {
  readonly jobs: readonly SimulatedJob[];
  /** The session holds. */
  readonly valid: boolean;
  /** The same operation in the legacy generation. */
  legacy(path: string, body?: string | Buffer): Reply;
}

/** `/platform/ws/…`, from the protocol document and from nothing of ours: errors are statuses, lists are XML or JSON. */
export function answerCurrent(
  request: RecordedRequest,
  url: URL,
  options: CurrentOptions,
  context: Context,
): Reply {
  const path = decodeURIComponent(url.pathname.replace("/platform/ws/", ""));
  if (options.lacks?.some((one) => path.startsWith(one)) === true) return serverPage;
  if (options.wrongEdition?.some((one) => path.startsWith(one)) === true)
    return refuse(503, "Not in this edition");
  const form = new URLSearchParams(request.body.toString("utf8"));
  switch (path) {
    case "version":
      return document(
        "ProductInformation",
        { productName: "IBM Spectrum LSF Application Center", version: "10.2" },
        options,
      );
    case "ping":
      return message(`Web Services are ready on URL: ${form.get("url") ?? ""}`, options);
    case "logon": {
      const reply = context.legacy("logon/", request.body);
      const token = /<token>([^<]*)<\/token>/.exec(String(reply.body))?.[1]?.trim();
      if (token === undefined) return refuse(403, "The user name or password is incorrect.");
      return document("User", { csrftoken: "0-1", token }, options);
    }
  }
  // Nobody has written down in which words an expired token is refused.
  if (!context.valid) return refuse(403, "Forbidden.");
  const [first = "", second = "", ...rest] = path.split("/");
  const ids = (form.get("ids") ?? "").split(",");
  if (first === "logout") return { body: "" };
  if (first === "jobs") {
    if (request.method === "GET") {
      if (/^\d/.test(second)) return list(context.jobs, second.split(","), options);
      const name = url.searchParams.get("jobname");
      const found = context.jobs.filter((job) => name === null || matches(job.name, name));
      return jobList(found, second === "fullinfo", options);
    }
    if (second === "getfullinfo") return list(context.jobs, ids, options);
    if (second === "submit") return xmlOrRefusal(context.legacy("submitapp", request.body), options);
    return actionAnswer(context.legacy(`jobOperation/${second}/${ids[0] ?? ""}`), options);
  }
  if (first === "jobhistory") return history(url.searchParams.get("ids") ?? "", options);
  if (first === "userCmd") return context.legacy("userCmd", request.body);
  if (path === "applications/appParams") {
    const { body } = context.legacy("appParams", url.searchParams.get("name") ?? "");
    return {
      body: String(body).replaceAll("AppParams>", "Application>"),
      headers: { "Content-Type": "application/xml" },
    };
  }
  if (first !== "jobfiles") return serverPage;
  if (second === "upload") {
    const reply = context.legacy(`upfile/${rest[0] ?? ""}`, request.body);
    return message(String(reply.body), options);
  }
  if (second === "download") {
    const reply = context.legacy(`file/${rest[0] ?? ""}`, form.get("dir") ?? "");
    return reply.status === 404 ? refuse(404, "The file does not exist.") : reply;
  }
  const files = String(context.legacy(`jobfiles/${second}`).body);
  return files.includes("/") ? message(files, options) : refuse(404, "No data.");
}

function matches(name: string, pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function list(jobs: readonly SimulatedJob[], ids: readonly string[], options: CurrentOptions): Reply {
  if (ids.some((id) => !/^\d+(?:\[\d+\])?$/.test(id))) return refuse(400, "An id is not valid.");
  const found = jobs.filter(({ id }) => ids.some((one) => id === one || id.startsWith(`${one}[`)));
  return found.length === 0 ? refuse(404, "Nothing was found.") : jobList(found, true, options);
}

function jobList(jobs: readonly SimulatedJob[], full: boolean, options: CurrentOptions): Reply {
  const elements = jobs.map(({ id, name, status, cmd, exitCode, startTime, endTime, description }) => ({
    jobId: id,
    jobName: name,
    jobStatus: status.toUpperCase(),
    ...(full && { command: cmd, exitStatus: exitCode, startTime, endTime, description }),
  }));
  const name = full ? "job" : "pseudoJob";
  if (options.json === true) {
    // One job is an object, several are a list; a number where an id is one.
    const objects = elements.map((element) => ({
      ...element,
      jobId: Number(element.jobId) || element.jobId,
    }));
    const content = objects.length > 1 ? objects : objects[0];
    return json({ "@total": String(jobs.length), ...(content !== undefined && { [name]: content }) });
  }
  const p = options.prefix ?? "";
  const body = elements.map((element) => `\n  <${p}${name}>${children(element, p)}</${p}${name}>`).join("");
  const space = p === "" ? "" : ` xmlns:${p.slice(0, -1)}="http://www.ibm.com/pac"`;
  return xml(
    `<${p}jobs xmlns:atom="http://www.w3.org/2005/Atom"${space} total="${jobs.length}">` +
      `\n  <atom:link rel="self" href="http://host:8080/platform/ws/jobs"/>${body}\n</${p}jobs>`,
  );
}

function history(ids: string, options: CurrentOptions): Reply {
  const found = ids.split(",").filter((id) => options.histories?.has(id) === true);
  if (found.length === 0) return refuse(404, "No matching job found.");
  const parts = found.map(
    (id) =>
      `<history>${escape(options.histories?.get(id) ?? "")}<jobSummary><id>${id}</id></jobSummary>` +
      "<timeSummary><runTime>3</runTime></timeSummary></history>",
  );
  return xml(`<jobHistory>${parts.join("")}</jobHistory>`);
}

function actionAnswer(reply: Reply, options: CurrentOptions): Reply {
  const refused = /<errMsg>(.*)<\/errMsg>/.exec(String(reply.body))?.[1];
  if (refused === undefined) return message("ok", options);
  return refuse(refused.includes("already") ? 500 : 404, refused);
}

function xmlOrRefusal(reply: Reply, options: CurrentOptions): Reply {
  const id = /<id>(\d+)<\/id>/.exec(String(reply.body))?.[1] ?? "0";
  return options.json === true ? json({ id: Number(id) }) : reply;
}

/** The form of IBM's documentation, line breaks included. @param text - XML already. */
export function refuse(status: number, text: string): Reply {
  return { ...xml(`<error>\n  <message>\n     ${text}\n  </message>\n</error>`), status };
}

function message(text: string, options: CurrentOptions): Reply {
  return document("Message", { message: text }, options);
}

function document(root: string, content: Readonly<Record<string, string>>, options: CurrentOptions): Reply {
  const p = options.prefix ?? "";
  const space = p === "" ? "" : ` xmlns:${p.slice(0, -1)}="http://www.ibm.com/pac"`;
  return options.json === true
    ? json(content)
    : xml(`<${p}${root}${space}>${children(content, p)}</${p}${root}>`);
}

function children(content: Readonly<Record<string, string | undefined>>, prefix: string): string {
  return Object.entries(content)
    .map(([name, text]) => (text === undefined ? "" : `<${prefix}${name}>${escape(text)}</${prefix}${name}>`))
    .join("");
}

function xml(text: string): Reply {
  return { body: text, headers: { "Content-Type": "application/xml" } };
}

function json(value: unknown): Reply {
  return { body: JSON.stringify(value), headers: { "Content-Type": "application/json" } };
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
