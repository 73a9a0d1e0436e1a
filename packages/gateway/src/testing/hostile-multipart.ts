import type { Attack, HostileGateway } from "./hostile-gateway.js";
import { endlessChunks } from "./hostile-gateway.js";

const legacy = "/platform/webservice/pacclient";
const type = "Content-Type: multipart/mixed; boundary=B";
const chunkedHeader = "Transfer-Encoding: chunked";

/** Calls that take multipart bodies, of both generations. */
export const multipartCalls = {
  submitapp: `POST ${legacy}/submitapp`,
  "ws/jobs/submit": "POST /platform/ws/jobs/submit",
  upfile: `POST ${legacy}/upfile/0`,
  uplargefile: `POST ${legacy}/uplargefile/0`,
  "ws/jobfiles/upload": "POST /platform/ws/jobfiles/upload/0?dir=hostile",
};

function part(headers: string, content: string): string {
  return `--B\r\n${headers}\r\n\r\n${content}\r\n`;
}

const fileHeaders = 'Content-Disposition: form-data; name="f"; filename="f.bin"';
const parameter = (id: string, value: string): string =>
  part(`Content-ID: <${id}>`, `<AppParam><id>${id}</id><value>${value}</value><type></type></AppParam>`);
const application = part("Content-ID: <AppName>", "generic");

/** Bodies that lie, never end or are too much, for one call. @param size - about how many bytes the large ones have. */
export function hostileMultipart(
  gateway: HostileGateway,
  call: string,
  size: number,
): Readonly<Record<string, Attack>> {
  const whole = (body: string | Buffer, contentType = type): Attack => ({
    bytes: gateway.request(call, body, contentType),
  });
  const endless = (first: string, piece: string): Attack => ({
    bytes: prepend(
      gateway.head(call, type, chunkedHeader),
      endlessChunks(first, Buffer.alloc(65_536, piece)),
    ),
  });
  const upload = `${part("Content-ID: <DirName>", "hostile")}${part(fileHeaders, "x".repeat(1000))}--B--\r\n`;
  const levels = Array.from(
    { length: 1000 },
    (_, level) => `--L${level}\r\nContent-Type: multipart/mixed; boundary=L${level + 1}\r\n\r\n`,
  );
  const forUploads: Readonly<Record<string, Attack>> = {
    "a length that is too long, then the end": {
      bytes: [gateway.head(call, type, `Content-Length: ${upload.length + 5000}`), upload.slice(0, -20)],
      halfClose: true,
    },
    "a length that is too short": { bytes: [gateway.head(call, type, "Content-Length: 100"), upload] },
    "an endless file": endless(
      `${part("Content-ID: <DirName>", "hostile")}--B\r\n${fileHeaders}\r\n\r\n`,
      "x",
    ),
    "an endless file of beginnings of the delimiter": endless(
      `${part("Content-ID: <DirName>", "hostile")}--B\r\n${fileHeaders}\r\n\r\n`,
      "\r\n--",
    ),
    "an endless beginning": endless("", "no delimiter "),
    "an endless line": endless("--", "B"),
    "an endless header": endless(`--B\r\nContent-Disposition: form-data; name="`, "x"),
    "an endless field": endless("--B\r\nContent-ID: <DirName>\r\n\r\n", "x"),
    "an endless end": endless("--B--\r\n", "x"),
    "endless empty parts": endless("--B\r\n\r\n", "\r\n--B\r\n\r\n"),
    "a gigantic header": whole(`--B\r\nX: ${"x".repeat(size)}\r\n\r\nx\r\n--B--\r\n`),
    "very many headers": whole(`--B\r\n${"X: y\r\n".repeat(size / 6)}\r\nx\r\n--B--\r\n`),
    "a thousand levels": whole(`--B\r\nContent-Type: multipart/mixed; boundary=L0\r\n\r\n${levels.join("")}`),
    "very many tiny parts": whole(`${"--B\r\n\r\n\r\n".repeat(size / 10)}--B--\r\n`),
    "no part at all": whole("--B--\r\n"),
    "no boundary and no delimiter": whole("x".repeat(size), "Content-Type: multipart/mixed"),
    "an empty boundary": whole("--\r\n\r\nx\r\n----\r\n", 'Content-Type: multipart/mixed; boundary=""'),
    "a boundary of ten thousand characters": whole(
      `--${"B".repeat(9_999)}\r\n\r\nx`,
      `Content-Type: multipart/mixed; boundary=${"B".repeat(10_000)}`,
    ),
    "a boundary with line breaks": whole(
      "--a\r\nb\r\n\r\nx",
      'Content-Type: multipart/mixed; boundary="a%0d%0ab"',
    ),
    "its own delimiter inside a nested body": whole(
      `${application}--B\r\nContent-ID: <data>\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\n\r\n<AppParam><id>`,
    ),
    "no body": whole(""),
    XML: whole("<User/>", "Content-Type: application/xml"),
    JSON: whole(`{"__proto__":{"polluted":true},"a":${"[".repeat(10_000)}`, "Content-Type: application/json"),
    "invalid UTF-8 in names": whole(
      Buffer.from(
        `${part("Content-ID: <DirName>", "hostile")}--B\r\nContent-Disposition: form-data; name="\xFF"; filename="\xC3\x28/../\0"\r\n\r\nx\r\n--B--\r\n`,
        "latin1",
      ),
    ),
  };
  const forSubmits: Readonly<Record<string, Attack>> = {
    "a parameter too long": whole(
      `${application}${parameter("COMMANDTORUN", "x".repeat(2_000_000))}--B--\r\n`,
    ),
    "very many parameters": whole(
      `${application}${Array.from({ length: size / 100 }, (_, id) => parameter(`P${id}`, "")).join("")}--B--\r\n`,
    ),
    "very much in parameters": whole(
      `${application}${Array.from({ length: 9 }, (_, id) => parameter(`P${id}`, "x".repeat(900_000))).join("")}--B--\r\n`,
    ),
  };
  if (!call.includes("submit")) return forUploads;
  return { ...forUploads, ...forSubmits };
}

function* prepend<T>(first: T, rest: Iterable<T>): Generator<T, void, undefined> {
  yield first;
  yield* rest;
}
