import { uploadError } from "./error-form.js";
import { textAnswer } from "./pac-answer.js";
import { type PacOperation, requireSession } from "./pac-operation.js";
import { receiveAndKeepChunk } from "./receive-chunk.js";
import { writtenHeaders } from "./receive-upload.js";

/** `uplargefile/{jobId}`: one chunk of a file. */
export const uploadChunk: PacOperation = {
  audited: "upload of a chunk",
  errorForm: uploadError,
  async run(request, desk, audit) {
    const { headers, ...user } = await requireSession(request, desk, audit);
    const { message, file } = await receiveAndKeepChunk(user, request, desk, audit);
    return textAnswer(message, { ...headers, ...writtenHeaders(file === undefined ? [] : [file]) });
  },
};
