import type { Attack, HostileGateway } from "./hostile-gateway.js";

const ping = "/platform/webservice/pacclient/ping/";
const smuggled = `GET /platform/webservice/pacclient/jobs HTTP/1.1\r\nHost: smuggled\r\n\r\n`;

export interface HttpAttack extends Attack {
  /** Statuses that are right; empty = only a closed connection. */
  readonly statuses: readonly number[];
  /** At most so many answers come over the connection. @defaultValue 1 */
  readonly mostAnswers?: number;
}

/** Requests that break or bend the rules of HTTP. */
export function hostileHttp(gateway: HostileGateway): Readonly<Record<string, HttpAttack>> {
  const raw = (
    text: string,
    statuses: readonly number[] = [400],
    more: Partial<HttpAttack> = {},
  ): HttpAttack => ({
    bytes: [text],
    statuses,
    wholeConnection: true,
    ...more,
  });
  const post = (headers: string, body: string): string =>
    `POST ${ping} HTTP/1.1\r\nHost: x\r\n${headers}\r\n${body}`;
  return {
    "two lengths that differ": raw(post("Content-Length: 0\r\nContent-Length: 40\r\n", smuggled)),
    "a list of lengths": raw(post("Content-Length: 0, 40\r\n", smuggled)),
    "a length and chunks": raw(
      post(`Content-Length: 4\r\nTransfer-Encoding: chunked\r\n`, `0\r\n\r\n${smuggled}`),
    ),
    "chunks and a length": raw(
      post(`Transfer-Encoding: chunked\r\nContent-Length: 4\r\n`, `0\r\n\r\n${smuggled}`),
    ),
    "chunks that are not the last coding": raw(
      post("Transfer-Encoding: chunked, identity\r\n", `0\r\n\r\n${smuggled}`),
    ),
    "chunks in odd letters": raw(post("Transfer-Encoding: xchunked\r\n", `0\r\n\r\n${smuggled}`)),
    "a space before the colon": raw(post("Content-Length : 5\r\n", `12345${smuggled}`)),
    "a negative length": raw(post("Content-Length: -1\r\n", smuggled)),
    "a length with a sign": raw(post("Content-Length: +5\r\n", `12345${smuggled}`)),
    "a length beyond all numbers": raw(post("Content-Length: 99999999999999999999999\r\n", "x")),
    "a chunk size that is none": raw(post("Transfer-Encoding: chunked\r\n", `zz\r\nx\r\n0\r\n\r\n`)),
    "a chunk size beyond all numbers": raw(
      post("Transfer-Encoding: chunked\r\n", `fffffffffffffffff\r\nx\r\n0\r\n\r\n`),
    ),
    "a chunk longer than it says": raw(post("Transfer-Encoding: chunked\r\n", `1\r\nxyz\r\n0\r\n\r\n`)),
    "a chunk extension without end": raw(
      post("Transfer-Encoding: chunked\r\n", `1;${"x".repeat(100_000)}`),
      [400, 413, 431],
    ),
    "a folded header": raw(`GET ${ping} HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\n\r\n`, [200, 400]),
    "line feeds only": raw(`GET ${ping} HTTP/1.1\nHost: x\n\n`, [200, 400]),
    "carriage returns only": raw(`GET ${ping} HTTP/1.1\rHost: x\r\r`),
    "NUL in a header": raw(`GET ${ping} HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n`),
    "NUL in the target": raw(`GET ${ping}\0 HTTP/1.1\r\nHost: x\r\n\r\n`),
    "a target of a megabyte": raw(
      `GET /${"x".repeat(1_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      [400, 414, 431],
    ),
    "a header of a megabyte": raw(
      `GET ${ping} HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(1_000_000)}\r\n\r\n`,
      [431],
    ),
    "ten thousand headers": raw(`GET ${ping} HTTP/1.1\r\nHost: x\r\n${"X: y\r\n".repeat(10_000)}\r\n`, [431]),
    "a cookie of semicolons": raw(
      `GET ${ping} HTTP/1.1\r\nHost: x\r\nCookie: ${";".repeat(15_000)}\r\n\r\n`,
      [200],
    ),
    "an unknown method": raw(`HACK ${ping} HTTP/1.1\r\nHost: x\r\n\r\n`),
    "a known one that is not allowed": raw(`TRACE ${ping} HTTP/1.1\r\nHost: x\r\n\r\n`, [405]),
    CONNECT: raw("CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n", []),
    "HTTP 0.9": raw("GET /\r\n\r\n", [200, 400]),
    "HTTP 2 without asking": raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "HTTP of the future": raw(`GET ${ping} HTTP/9.9\r\nHost: x\r\n\r\n`),
    "no host": raw(`GET ${ping} HTTP/1.1\r\n\r\n`, [200, 400]),
    "two hosts": raw(`GET ${ping} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`, [200, 400]),
    "a host with a path in it": raw(
      `GET /platform/ws/jobs HTTP/1.1\r\nHost: x/"><script>\r\n\r\n`,
      [400, 403],
    ),
    "TLS where there is none": raw("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03"),
    "another protocol": raw("SSH-2.0-OpenSSH_9.0\r\n"),
    "an upgrade": raw(
      `GET ${ping} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n`,
      [200, 400, 501],
    ),
    "an expectation that is known": raw(post("Expect: 100-continue\r\nContent-Length: 4\r\n", "ping"), [200]),
    "an expectation that is not": raw(post("Expect: miracles\r\nContent-Length: 4\r\n", "ping"), [417]),
    "garbage behind a request": raw(
      `GET ${ping} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n\0\0garbage\r\n\r\n`,
      [200, 400],
      { mostAnswers: 2 },
    ),
    "a hundred requests at once": raw(
      `GET ${ping} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`.repeat(100),
      [200],
      { mostAnswers: 100 },
    ),
    "half a request": raw(`GET ${ping} HTTP/1.1\r\nHos`, [400], { halfClose: true }),
    "nothing at all": raw("", [], { halfClose: true }),
    "dots and slashes": raw(`GET /platform/../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n`, [404]),
    "encoded dots and slashes": raw(
      `GET /platform/webservice/pacclient/jobfiles/..%2f..%2f..%2fetc HTTP/1.1\r\nHost: x\r\nCookie: platform_token=${gateway.cookie}\r\n\r\n`,
      [200],
    ),
    "percent signs that are none": raw(`GET /%zz%/%C0%AE/%00 HTTP/1.1\r\nHost: x\r\n\r\n`, [404]),
    "JSON with a prototype": raw(
      `POST /platform/ws/logon HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 55\r\n\r\n{"__proto__":{"a":1},"name":1e999,"pass":{"a":[[[[]]]]}}`.slice(
        0,
        -1,
      ),
      [400, 403],
    ),
  };
}
