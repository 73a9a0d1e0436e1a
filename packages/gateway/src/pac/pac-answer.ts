import { encodeHeaderValue, wireHeaders, xmlDeclaration } from "scarf-tomo/wire";

export interface SizedBody {
  readonly sizeBytes: number;
  read(): AsyncIterable<Uint8Array>;
}

export interface PacAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  /** An `AsyncIterable` has an unknown length and goes out in chunks. */
  readonly body: string | Uint8Array | SizedBody | AsyncIterable<Uint8Array>;
}

type AnswerHeaders = Readonly<Record<string, string>>;

/** A document; `inner` is XML already. No attributes and no white space: clients search for literal tags. */
export function xmlAnswer(root: string, inner: string, headers: AnswerHeaders = {}): PacAnswer {
  return rawXmlAnswer(`${xmlDeclaration}<${root}>${inner}</${root}>`, headers);
}

export function rawXmlAnswer(document: PacAnswer["body"], headers: AnswerHeaders = {}): PacAnswer {
  return { status: 200, contentType: "application/xml; charset=utf-8", headers, body: document };
}

export function textAnswer(text: string, headers: AnswerHeaders = {}): PacAnswer {
  return { status: 200, contentType: "text/plain; charset=utf-8", headers, body: text };
}

/** Headers of an answer that reports a failure, for clients that know them. */
export function errorHeaders(code: string, hint: string | undefined): AnswerHeaders {
  return {
    [wireHeaders.errorCode]: code,
    ...(hint !== undefined && { [wireHeaders.errorHint]: encodeHeaderValue(hint) }),
  };
}
