import { uploadError } from "./error-form.js";
import { textAnswer } from "./pac-answer.js";
import { type PacOperation, requireSession } from "./pac-operation.js";
import {
  receiveEach,
  receiveUpload,
  renderOutcomes,
  renderSuccess,
  wantsOutcomes,
  writtenHeaders,
} from "./receive-upload.js";

/** `upfile/{jobId}`: one file or several. */
export const upload: PacOperation = {
  audited: "upload",
  errorForm: uploadError,
  async run(request, desk, audit) {
    const { session, headers } = await requireSession(request, desk, audit);
    if (wantsOutcomes(request)) {
      const outcomes = await receiveEach(session, request, desk, audit);
      return textAnswer(renderOutcomes(outcomes), headers);
    }
    const written = await receiveUpload(session, request, desk, audit);
    const text = written.map(renderSuccess).join("\n");
    return textAnswer(text, { ...headers, ...writtenHeaders(written) });
  },
};
