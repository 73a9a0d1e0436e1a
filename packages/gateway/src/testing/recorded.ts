import { sendRaw } from "./raw-http.js";

/** Requests as the known clients send them, byte for byte; `pac-web-service.md` says which of them were recorded. */

export const outerBoundary = "bqJky99mlBWa-ZuqjC53mG6EzbmlxB";
const innerBoundary = "_Part_1_701508.1145579811786";
export const uploadBoundary = "4k89ogja023oh1-gkdfk903jf9wngmujfs95m";

export interface SubmitBody {
  readonly application?: string;
  /** Id → value, written without escaping, as all clients but one do. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Ids whose type is `file`. */
  readonly fileParameters?: readonly string[];
  readonly attachments?: readonly { readonly name: string; readonly data: Buffer | string }[];
}

/** Body of `submitapp` as pac's Python 3 client writes it. */
export function pacSubmitBody({
  application = "generic",
  parameters,
  fileParameters = [],
  attachments = [],
}: SubmitBody): Buffer {
  const inner = Object.entries(parameters).map(
    ([id, value]) =>
      `--${innerBoundary}\r\nContent-Disposition: form-data; name="${id}"\r\nContent-Type: application/xml; charset=UTF-8\r\n` +
      "Content-Transfer-Encoding: 8bit\r\nAccept-Language:en-us\r\n\r\n" +
      `<AppParam><id>${id}</id><value>${value}</value><type>${fileParameters.includes(id) ? "file" : ""}</type></AppParam>\r\n`,
  );
  const head =
    `--${outerBoundary}\r\nContent-Disposition: form-data; name="AppName"\r\nContent-ID: <AppName>\r\n\r\n${application}\r\n` +
    `--${outerBoundary}\r\nContent-Disposition: form-data; name="data"\r\nContent-Type: multipart/mixed; boundary=${innerBoundary}\r\n` +
    `Accept-Language:en-us\r\nContent-ID: <data>\r\n\r\n${inner.join("")}--${innerBoundary}--\r\n\r\n`;
  const files = attachments.flatMap(({ name, data }) => [
    Buffer.from(
      `--${outerBoundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n` +
        "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nAccept-Language:en-us\r\n" +
        `Content-ID: <${encodeURIComponent(name)}>\r\n\r\n`,
    ),
    Buffer.from(data),
    Buffer.from("\r\n"),
  ]);
  return Buffer.concat([Buffer.from(head, "latin1"), ...files, Buffer.from(`--${outerBoundary}--\r\n`)]);
}

/** A whole `submitapp` request of pac's Python 3 client. */
export function pacSubmit(
  cookie: string,
  submit: SubmitBody,
  extraHeaders = "",
): readonly (string | Buffer)[] {
  const body = pacSubmitBody(submit);
  return [
    "POST /platform/webservice/pacclient/submitapp HTTP/1.1\r\nHost: 127.0.0.1:18080\r\n" +
      `content-type: multipart/mixed; boundary=${outerBoundary}\r\ncookie: platform_token=${cookie}\r\n` +
      `accept: text/xml,application/xml;\r\naccept-language: en-us\r\nuser-agent: Python-httplib2/0.20.4 (gzip)\r\n` +
      `accept-encoding: gzip, deflate\r\n${extraHeaders}content-length: ${body.length}\r\n\r\n`,
    body,
  ];
}

/** Submits as pac does. @returns the job's id, or what was said instead of one */
export async function submitAsPac(port: number, ...submit: Parameters<typeof pacSubmit>): Promise<string> {
  const { text } = await sendRaw(port, pacSubmit(...submit));
  return /<id>(\d+)<\/id>/.exec(text)?.[1] ?? text;
}

/** Body of `upfile` as pac writes it: the directory percent-encoded except `/`. */
export function pacUploadBody(
  directory: string,
  files: readonly { readonly name: string; readonly data: Buffer | string }[],
  fields: Readonly<Record<string, string>> = {},
): Buffer {
  const field = (name: string, value: string): string =>
    `--${uploadBoundary}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-ID: <${name}>\r\n\r\n${value}\r\n`;
  const parts = files.flatMap(({ name, data }) => [
    Buffer.from(
      `--${uploadBoundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${name}"\r\n` +
        "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nAccept-Language:en-us\r\n" +
        `Content-ID: <${name}>\r\n\r\n`,
    ),
    Buffer.from(data),
    Buffer.from("\r\n"),
  ]);
  const heads = [
    field("DirName", encodeURIComponent(directory).replaceAll("%2F", "/")),
    ...Object.entries(fields).map(([name, value]) => field(name, value)),
  ];
  return Buffer.concat([Buffer.from(heads.join("")), ...parts, Buffer.from(`--${uploadBoundary}--\r\n`)]);
}

export function pacUpload(
  path: string,
  cookie: string,
  body: Buffer,
  extraHeaders = "",
): readonly (string | Buffer)[] {
  return [
    `POST /platform/webservice/pacclient/${path} HTTP/1.1\r\nHost: 127.0.0.1:18080\r\n` +
      `content-type: multipart/mixed; boundary=${uploadBoundary}\r\ncookie: platform_token=${cookie}\r\naccept: text/plain;\r\n` +
      `${extraHeaders}content-length: ${body.length}\r\n\r\n`,
    body,
  ];
}

/**
 * Mantid's upload body: the directory raw, no file name, a space behind the content type, and the closing delimiter glued to
 * the last byte of the file.
 */
export function mantidUploadBody(directory: string, name: string, data: Buffer | string): Buffer {
  return Buffer.concat([
    Buffer.from(
      `--${uploadBoundary}\r\nContent-Disposition: form-data; name="DirName"\r\nContent-ID: <DirName>\r\n\r\n${directory}\r\n` +
        `--${uploadBoundary}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: application/octet-stream \r\n` +
        `Content-Transfer-Encoding: binary\r\nAccept-Language:en-us\r\nContent-ID: <${name}>\r\n\r\n`,
    ),
    Buffer.from(data),
    Buffer.from(`--${uploadBoundary}--\r\n\r\n`),
  ]);
}
