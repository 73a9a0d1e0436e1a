import { type RawAnswer, sendRaw } from "./raw-http.js";

export interface WsCall {
  readonly method?: string;
  /** What follows `/platform/ws/`. */
  readonly path: string;
  /** Header lines, in this order and with this spelling; `Host` and `Content-Length` come by themselves. */
  readonly headers?: readonly string[];
  /** Absent = a request without body and without `Content-Length`, as by GET. */
  readonly body?: string | Buffer;
}

/** Sends one request of the current generation with exactly these bytes. */
export function wsCall(port: number, { method, path, headers = [], body }: WsCall): Promise<RawAnswer> {
  const length = body === undefined ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  const lines = [
    `${method ?? (body === undefined ? "GET" : "POST")} /platform/ws/${path} HTTP/1.1`,
    "Host: h:8080",
    ...headers,
    ...length,
  ];
  return sendRaw(port, [`${lines.join("\r\n")}\r\n\r\n`, body ?? ""]);
}
