import { linuxFileName } from "../file-name.js";
import { encodeHeaderValue, wireHeaders } from "../headers.js";
import {
  digestPart,
  type MultipartBody,
  type MultipartBodyOptions,
  multipartBody,
  type PartToSend,
  type SizedContent,
} from "../multipart/multipart-body.js";
import { isDigestPart, PartsAhead } from "../multipart/parts-ahead.js";
import { readMultipart } from "../multipart/read-multipart.js";

/** A field of a form, or a file in it. A file's bytes can be read once, before the next item is asked for. */
export type MantidFormItem =
  | { readonly kind: "field"; readonly name: string; readonly value: string }
  | {
      readonly kind: "file";
      /** Plain name; undefined: none that is safe to use. */
      readonly fileName: string | undefined;
      readonly chunks: AsyncIterable<Uint8Array>;
      /** Once `chunks` has ended: the SHA-256 (hex) that our own client sends behind a file. */
      readonly sentSha256: () => Promise<string | undefined>;
    };

/** Reads the body of `submit` or `upload`. Field names are free: a script's field is called as the script. @throws {WireFormatError} */
export async function* readMantidForm(
  body: AsyncIterable<Uint8Array>,
  { boundary, maxFieldBytes }: { readonly boundary: string | undefined; readonly maxFieldBytes: number },
): AsyncGenerator<MantidFormItem, void, undefined> {
  const parts = new PartsAhead(readMultipart(body, { boundary }));
  try {
    for (let part = await parts.next(); part !== undefined; part = await parts.next()) {
      if (part.fileName !== undefined || part.encodedFileName !== undefined) {
        yield {
          kind: "file",
          fileName: part.safeFileName,
          chunks: part.chunks,
          sentSha256: () => parts.takeDigest(),
        };
      } else if (!isDigestPart(part)) {
        yield { kind: "field", name: part.name ?? "", value: await part.text(maxFieldBytes) };
      }
    }
  } finally {
    await parts.close();
  }
}

/** The body of `submit`. Fields in this order; the script's field is called as the script. */
export function mantidSubmitBody(
  fields: readonly (readonly [name: string, value: string])[],
  options: MultipartBodyOptions = {},
): MultipartBody {
  return asFormData(multipartBody(fields.map(fieldPart), options));
}

export interface MantidUpload {
  /** `TransID` first: a server that streams must know where to. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  readonly name: string;
  readonly content: SizedContent;
  /** The other side is our gateway, which takes every name that a file can have. */
  readonly anyName: boolean;
  /** Sent behind the file: its SHA-256 in hex, asked for when the file has been read. Only our gateway understands it. */
  readonly digest?: () => string | undefined;
}

/** The body of `upload` with one file, of exactly known size. */
export function mantidUploadBody({ fields, name, content, anyName, digest }: MantidUpload): MultipartBody {
  const shown = name.replaceAll(/["\r\n\\]/g, "_");
  const headers: [string, string][] = [
    ["Content-Disposition", `form-data; name="${shown}"; filename="${shown}"`],
    ["Content-Type", "application/octet-stream"],
    ...(anyName && linuxFileName(name) !== undefined
      ? [[wireHeaders.fileName, encodeHeaderValue(name)] satisfies [string, string]]
      : []),
  ];
  return asFormData(
    multipartBody([
      ...fields.map(fieldPart),
      { headers, content },
      ...(digest === undefined ? [] : [digestPart(digest)]),
    ]),
  );
}

function fieldPart([name, value]: readonly [string, string]): PartToSend {
  return { headers: [["Content-Disposition", `form-data; name="${name}"`]], content: value };
}

function asFormData(body: MultipartBody): MultipartBody {
  return { ...body, contentType: `multipart/form-data; boundary=${body.boundary}` };
}
