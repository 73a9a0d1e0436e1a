import { dropChunks } from "./drop-chunks.js";
import { uploadError } from "./error-form.js";
import { listChunks } from "./list-chunks.js";
import { textAnswer } from "./pac-answer.js";
import { type PacOperation, requireSession } from "./pac-operation.js";
import { chunkHeaders, receiveAndKeepChunk } from "./receive-chunk.js";

/**
 * `uplargefile/{jobId}`: one chunk of a file. With GET, which no other client uses there: which chunks are here already; with DELETE
 * they are dropped.
 */
export const uploadChunk: PacOperation = {
  audited: "upload of a chunk",
  methods: ["GET", "POST", "DELETE"],
  errorForm: uploadError,
  async run(request, desk, audit) {
    const { headers, ...user } = await requireSession(request, desk, audit);
    if (request.method === "GET") return { ...(await listChunks(user, request, desk)), headers };
    if (request.method === "DELETE") return { ...(await dropChunks(user, request, desk, audit)), headers };
    const accepted = await receiveAndKeepChunk(user, request, desk, audit);
    return textAnswer(accepted.message, { ...headers, ...chunkHeaders(accepted) });
  },
};
