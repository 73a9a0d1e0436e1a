import { ValueError } from "scarf-tomo";
import { enterDownload } from "../enter-transfer.js";
import { readDownloadWishes } from "../answer-file.js";
import { fetchJobFiles } from "../fetch-job-files.js";
import { readText, requireSession } from "../pac-operation.js";
import { parseForm } from "../split-target.js";
import { requireJobId, wsOperation } from "./ws-operation.js";

/** `jobfiles/download/{id}`, the form `dir=` naming files as the body of a legacy download does. Always multipart. */
export const download = wsOperation({ audited: "download", method: "POST" }, async (request, desk, audit) => {
  const { session, headers } = await requireSession(request, desk, audit);
  const id = requireJobId(request);
  const wanted = parseForm(await readText(request.body, desk.limits.requestBytes)).get("dir") ?? "";
  audit.subject = `${id}: ${wanted}`;
  if (wanted.trim() === "") {
    throw new ValueError("PROPERTY_MISSING", "The request does not say which files to fetch.", {
      hint: "Send dir=… with names, separated by commas; * and ? stand for any characters.",
    });
  }
  await enterDownload(session.userName, request, desk);
  const answer = await fetchJobFiles(session, id, wanted, {
    form: "multipart",
    ...readDownloadWishes(request),
    signal: request.signal,
  });
  return { ...answer, headers: { ...headers, ...answer.headers } };
});
