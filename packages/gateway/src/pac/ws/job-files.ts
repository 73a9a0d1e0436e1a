import { FileError } from "scarf-tomo";
import { renderJobFiles, renderWsMessage, wireHeaders } from "scarf-tomo/wire";
import { knowsEveryName, listRequestedFiles } from "../list-job-files.js";
import { requireSession } from "../pac-operation.js";
import { requireJobId, wsAnswer, wsOperation } from "./ws-operation.js";

/** `jobfiles/{id}`: the legacy list inside a message. Nothing to list is 404. */
export const jobFiles = wsOperation({ audited: "list of files" }, async (request, desk, audit) => {
  const { session, headers } = await requireSession(request, desk, audit);
  const id = requireJobId(request);
  const encoded = knowsEveryName(request);
  const list = renderJobFiles(await listRequestedFiles(session, request), { encoded });
  // A client of ours knows that an empty list is one.
  if (list === "" && !encoded) {
    throw new FileError("FILE_NOT_FOUND", `There are no files of job ${id}.`, {
      hint: "Look again when the job has written some.",
    });
  }
  return wsAnswer(request, (format) => renderWsMessage(list, format), {
    ...headers,
    ...(encoded && { [wireHeaders.names]: "encoded" }),
  });
});
