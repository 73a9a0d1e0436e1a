import { uploadError } from "./error-form.js";
import { textAnswer } from "./pac-answer.js";
import { type PacOperation, requireSession } from "./pac-operation.js";
import { receiveUpload, renderSuccess, writtenHeaders } from "./receive-upload.js";

/** `upfile/{jobId}`: one file or several. */
export const upload: PacOperation = {
  audited: "upload",
  errorForm: uploadError,
  async run(request, desk, audit) {
    const { session, headers } = await requireSession(request, desk, audit);
    const written = await receiveUpload(session, request, desk, audit);
    const text = written.map(renderSuccess).join("\n");
    return textAnswer(text, { ...headers, ...writtenHeaders(written) });
  },
};
