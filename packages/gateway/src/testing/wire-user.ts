import type { GatewayFixture } from "./gateway-fixture.js";
import { type RawAnswer, sendRaw } from "./raw-http.js";
import { waitFor } from "./wait-for.js";
import { type WsCall, wsCall } from "./ws-call.js";

const legacy = "/platform/webservice/pacclient";

/** A user with a token, who sends requests as the bytes that a known client sends. */
export class WireUser {
  readonly port: number;
  /** The token as it stands in a cookie. */
  readonly token: string;

  private constructor(port: number, token: string) {
    this.port = port;
    this.token = token;
  }

  static async logOn(fixture: GatewayFixture, name?: string): Promise<WireUser> {
    return new WireUser(fixture.port, await fixture.logOn(name));
  }

  /** `Cookie: platform_token=…` */
  get cookie(): string {
    return `Cookie: platform_token=${this.token}`;
  }

  /**
   * One request: its first line without the version, and header lines in this spelling and order. `Host` is put behind the first line,
   * `Content-Length` at the end if there is a body.
   */
  send(line: string, headers: readonly string[], body?: string | Buffer): Promise<RawAnswer> {
    const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
    const head = [`${line} HTTP/1.1`, "Host: h:8080", ...headers, ...length].join("\r\n");
    return sendRaw(this.port, [
      `${head}\r\n\r\n`,
      typeof body === "string" ? Buffer.from(body) : (body ?? ""),
    ]);
  }

  /** A legacy POST with the token. */
  post(
    path: string,
    contentType: string,
    body: string | Buffer,
    extra: readonly string[] = [],
  ): Promise<RawAnswer> {
    return this.send(`POST ${legacy}/${path}`, [`Content-Type: ${contentType}`, this.cookie, ...extra], body);
  }

  /** A legacy GET with the token, and with a body where there is one. */
  get(path: string, extra: readonly string[] = [], body?: string): Promise<RawAnswer> {
    return this.send(`GET ${legacy}/${path}`, [this.cookie, ...extra], body);
  }

  /** A request of the current generation. */
  ws(call: WsCall): Promise<RawAnswer> {
    return wsCall(this.port, call);
  }

  /** `DONE` or `EXIT`, when the job has ended. */
  wsEndOf(id: string): Promise<string> {
    return waitFor(async () => {
      const { text } = await this.ws({
        path: `jobs/${id}`,
        headers: ["Accept: application/json", this.cookie],
      });
      return /"jobStatus":"(DONE|EXIT)"/.exec(text)?.[1];
    });
  }

  /** `Done` or `Exit`, when the job has ended. */
  endOf(id: string): Promise<string> {
    return waitFor(async () => /<status>(Done|Exit)</.exec((await this.get(`jobs?id=${id}`)).text)?.[1]);
  }

  /** How the job that was submitted ended, and what it wrote: `Done: hello`. */
  async outputOf(submitted: RawAnswer): Promise<string> {
    const id = idOf(submitted);
    const ended = await this.endOf(id);
    const { text } = await this.get(`file/${id}`, ["Accept: text/plain"], `${id}.output`);
    return `${ended}: ${text}`;
  }
}

/** The id in the answer to a submit. */
export function idOf({ text }: RawAnswer): string {
  const id = /<id>([1-9]\d*)<\/id>/.exec(text)?.[1];
  if (id === undefined) throw new Error(text);
  return id;
}
