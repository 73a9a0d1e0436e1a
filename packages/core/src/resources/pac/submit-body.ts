import {
  encodeHeaderValue,
  isPlainFileName,
  type MultipartBody,
  multipartBody,
  type PartToSend,
  renderAppParam,
  wireHeaders,
} from "../../wire/index.js";
import type { SubmitPlan } from "./submit-plan.js";

/** The body of `submitapp`, in the parts and headers of IBM's own client. */
export function submitBody(
  plan: SubmitPlan,
  boundaries: { readonly outer?: string; readonly inner?: string } = {},
): MultipartBody {
  const parameters = multipartBody(
    plan.parameters.map((parameter) => ({
      headers: [
        ["Content-Disposition", `form-data; name="${parameter.id}"`],
        ["Content-Type", "application/xml; charset=UTF-8"],
        ["Content-Transfer-Encoding", "8bit"],
        ["Accept-Language", "en-us"],
      ],
      content: renderAppParam(parameter),
    })),
    boundaries.inner === undefined ? {} : { boundary: boundaries.inner },
  );
  const parts: PartToSend[] = [
    fieldPart("AppName", plan.application),
    {
      headers: [
        ["Content-Disposition", 'form-data; name="data"'],
        ["Content-Type", parameters.contentType],
        ["Accept-Language", "en-us"],
        ["Content-ID", "<data>"],
      ],
      content: parameters,
    },
    ...plan.attachments.map(({ name, source }) =>
      filePart(name, { sizeBytes: source.sizeBytes, read: () => source.read() }),
    ),
  ];
  return multipartBody(parts, boundaries.outer === undefined ? {} : { boundary: boundaries.outer });
}

/** A short field of a form. */
export function fieldPart(name: string, content: string): PartToSend {
  return {
    headers: [
      ["Content-Disposition", `form-data; name="${name}"`],
      ["Content-ID", `<${name}>`],
    ],
    content,
  };
}

/** A file in a submit or an upload. A name that is not safe in a header goes in one of our own, which only our gateway reads. */
export function filePart(name: string, content: PartToSend["content"]): PartToSend {
  if (!isPlainFileName(name)) {
    return {
      headers: [
        ["Content-Disposition", 'form-data; name="file"'],
        ["Content-Type", "application/octet-stream"],
        [wireHeaders.fileName, encodeHeaderValue(name)],
      ],
      content,
    };
  }
  return {
    headers: [
      ["Content-Disposition", `form-data; name="${name}"; filename="${name}"`],
      ["Content-Type", "application/octet-stream"],
      ["Content-Transfer-Encoding", "binary"],
      ["Accept-Language", "en-us"],
      ["Content-ID", `<${encodeURIComponent(name)}>`],
    ],
    content,
  };
}
