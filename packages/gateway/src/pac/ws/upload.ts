import { TransferError } from "scarf-tomo";
import { renderWsMessage } from "scarf-tomo/wire";
import { requireSession } from "../pac-operation.js";
import { chunkHeaders, receiveAndKeepChunk } from "../receive-chunk.js";
import { receiveUpload, renderSuccess, writtenHeaders } from "../receive-upload.js";
import { parseRawQuery } from "../split-target.js";
import { requireJobId, wsAnswer, wsOperation } from "./ws-operation.js";

const chunkParameters = ["chunkid", "chunkbase", "chunkamount"] as const;

/** `jobfiles/upload/{id}`: whole files, or, with the three chunk parameters in the query, one chunk of one. */
export const upload = wsOperation({ audited: "upload", method: "POST" }, async (request, desk, audit) => {
  const { headers, ...user } = await requireSession(request, desk, audit);
  requireJobId(request);
  const numbers = readChunkNumbers(request.query);
  if (numbers === undefined) {
    const written = await receiveUpload(user.session, request, desk, audit);
    const text = written.map(renderSuccess).join("\n");
    return wsAnswer(request, (format) => renderWsMessage(text, format), {
      ...headers,
      ...writtenHeaders(written),
    });
  }
  const accepted = await receiveAndKeepChunk(user, request, desk, audit, numbers);
  return wsAnswer(request, (format) => renderWsMessage(accepted.message, format), {
    ...headers,
    ...chunkHeaders(accepted),
  });
});

/** Still percent-encoded, as they are in the parts of a legacy body. Without one of them the chunk would pass for a file. */
function readChunkNumbers(query: string): ReadonlyMap<string, string> | undefined {
  const given = parseRawQuery(query);
  const missing = chunkParameters.filter((name) => (given.get(name) ?? "") === "");
  if (missing.length === chunkParameters.length) return undefined;
  if (missing.length === 0) return given;
  throw new TransferError("TRANSFER_REFUSED", `The address of the chunk lacks ${missing.join(" and ")}.`, {
    hint: `Give ${chunkParameters.join(", ")} together, or none of them.`,
  });
}
