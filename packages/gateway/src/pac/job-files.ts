import { renderJobFiles, wireHeaders } from "scarf-tomo/wire";
import { slashlessError } from "./error-form.js";
import { knowsEveryName, listRequestedFiles } from "./list-job-files.js";
import { textAnswer } from "./pac-answer.js";
import { type PacOperation, requireSession } from "./pac-operation.js";

/** `jobfiles/{jobId}`, and for clients that know it `?dir=SUB`: files directly in the job's directory or in one below it. */
export const jobFiles: PacOperation = {
  audited: "list of files",
  errorForm: slashlessError,
  async run(request, desk, audit) {
    const { session, headers } = await requireSession(request, desk, audit);
    const files = await listRequestedFiles(session, request);
    // Names with a star or a semicolon can be told only to a client that decodes them.
    const encoded = knowsEveryName(request);
    return textAnswer(renderJobFiles(files, { encoded }), {
      ...headers,
      ...(encoded && { [wireHeaders.names]: "encoded" }),
    });
  },
};
